import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;

/** Classic consumer groups: assignment, commits, static members, and how admins see them. */
final class GroupChecks {
    private static final String ASSIGNORS = "org.apache.kafka.clients.consumer.";

    private final Checks checks;
    private final Cluster cluster;

    GroupChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
    }

    void run() {
        for (String assignor : List.of("Range", "RoundRobin", "Sticky", "CooperativeSticky")) {
            checks.check("group of two, " + assignor, () -> groupOfTwo(assignor));
        }
        checks.check("commit and resume", this::commitAndResume);
        checks.check("automatic commit", this::automaticCommit);
        checks.check("commits with metadata and without a group", this::standaloneCommits);
        checks.check("static membership", this::staticMembership);
        checks.check("a second holder of an instance id fences the first", this::fencing);
        checks.check("list, describe, lag and delete groups", this::administer);
        checks.check("delete and alter offsets of a group", this::alterOffsets);
    }

    /** Polls all members until the condition holds, and counts what each value is seen. */
    private static void poll(List<Member> members, Map<String, Integer> seen, Checks.Condition done) throws Exception {
        Checks.until("the group has done its part", () -> {
            for (Member member : members) {
                member.consumer.poll(Duration.ofMillis(50))
                    .forEach(r -> seen.merge(Cluster.text(r.value()), 1, Integer::sum));
            }
            return done.holds();
        });
    }

    private static final class Member implements ConsumerRebalanceListener, AutoCloseable {
        final KafkaConsumer<byte[], byte[]> consumer;
        int revocations;

        Member(Cluster cluster, String group, String topic, Map<String, ?> config) {
            consumer = cluster.consumer(group, config);
            consumer.subscribe(List.of(topic), this);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) revocations++;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) { }

        @Override
        public void close() {
            consumer.close();
        }
    }

    private static void divided(List<Member> members, int each) {
        Set<TopicPartition> all = new HashSet<>();
        for (Member member : members) {
            Checks.equal(each, member.consumer.assignment().size(), "partitions of a member");
            all.addAll(member.consumer.assignment());
        }
        Checks.equal(each * members.size(), all.size(), "partitions of the group");
    }

    private static boolean settled(List<Member> members, int each) {
        return members.stream().allMatch(m -> m.consumer.assignment().size() == each);
    }

    private void groupOfTwo(String assignor) throws Exception {
        String topic = cluster.topic("two-" + assignor, 4);
        String group = cluster.name("two-" + assignor);
        cluster.send(Cluster.numbered(topic, 0, 1000), Map.of());
        Map<String, Object> config = Map.of("partition.assignment.strategy", ASSIGNORS + assignor + "Assignor");
        Map<String, Integer> seen = new HashMap<>();
        try (Member first = new Member(cluster, group, topic, config)) {
            poll(List.of(first), seen, () -> seen.size() == 1000 && first.consumer.assignment().size() == 4);
            first.consumer.commitSync();
            try (Member second = new Member(cluster, group, topic, config)) {
                List<Member> both = List.of(first, second);
                poll(both, seen, () -> settled(both, 2));
                divided(both, 2);
                cluster.send(Cluster.numbered(topic, 1000, 1000), Map.of());
                poll(both, seen, () -> seen.size() == 2000);
                for (Member member : both) member.consumer.commitSync();
            }
            poll(List.of(first), seen, () -> first.consumer.assignment().size() == 4);
            cluster.send(Cluster.numbered(topic, 2000, 100), Map.of());
            poll(List.of(first), seen, () -> seen.size() == 2100);
        }
        seen.forEach((value, times) -> Checks.equal(1, times, "times that " + value + " was seen"));
    }

    private void commitAndResume() throws Exception {
        String topic = cluster.topic("resume", 2);
        String group = cluster.name("resume");
        cluster.send(Cluster.numbered(topic, 0, 400), Map.of());
        Map<String, Integer> seen = new HashMap<>();
        try (Member member = new Member(cluster, group, topic, Map.of())) {
            poll(List.of(member), seen, () -> seen.size() == 400);
            member.consumer.commitSync();
        }
        cluster.send(Cluster.numbered(topic, 400, 100), Map.of());
        try (Member member = new Member(cluster, group, topic, Map.of())) {
            poll(List.of(member), seen, () -> seen.size() == 500);
        }
        seen.forEach((value, times) -> Checks.equal(1, times, "times that " + value + " was seen"));
    }

    private void automaticCommit() throws Exception {
        String topic = cluster.topic("auto-commit", 1);
        String group = cluster.name("auto-commit");
        cluster.send(Cluster.numbered(topic, 0, 50), Map.of());
        Map<String, Integer> seen = new HashMap<>();
        Map<String, Object> config = Map.of("enable.auto.commit", true, "auto.commit.interval.ms", 100);
        try (Member member = new Member(cluster, group, topic, config)) {
            poll(List.of(member), seen, () -> seen.size() == 50);
            poll(List.of(member), seen, () -> committed(group, topic) == 50);
        }
    }

    private long committed(String group, String topic) throws Exception {
        OffsetAndMetadata offset = cluster.admin.listConsumerGroupOffsets(group)
            .partitionsToOffsetAndMetadata().get().get(new TopicPartition(topic, 0));
        return offset == null ? -1 : offset.offset();
    }

    private void standaloneCommits() throws Exception {
        String topic = cluster.topic("standalone", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        cluster.send(Cluster.numbered(topic, 0, 10), Map.of());
        try (var consumer = cluster.consumer(cluster.name("standalone"), Map.of())) {
            consumer.assign(List.of(partition));
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(7, java.util.Optional.of(0), "a note")));
            var committed = consumer.committed(Set.of(partition)).get(partition);
            Checks.equal(new OffsetAndMetadata(7, java.util.Optional.of(0), "a note"), committed, "commit");
            Checks.equal(7L, consumer.position(partition), "position");
        }
    }

    private void staticMembership() throws Exception {
        String topic = cluster.topic("static", 4);
        String group = cluster.name("static");
        cluster.send(Cluster.numbered(topic, 0, 400), Map.of());
        Map<String, Integer> seen = new HashMap<>();
        try (Member stays = new Member(cluster, group, topic, Map.of("group.instance.id", "one"))) {
            Member leaves = new Member(cluster, group, topic, Map.of("group.instance.id", "two"));
            poll(List.of(stays, leaves), seen, () -> seen.size() == 400 && settled(List.of(stays, leaves), 2));
            Set<TopicPartition> owned = leaves.consumer.assignment();
            stays.consumer.commitSync();
            leaves.consumer.commitSync();
            leaves.close(); // a static member does not leave its group when it closes
            int revocations = stays.revocations;
            try (Member back = new Member(cluster, group, topic, Map.of("group.instance.id", "two"))) {
                poll(List.of(stays, back), seen, () -> back.consumer.assignment().equals(owned));
                cluster.send(Cluster.numbered(topic, 400, 100), Map.of());
                poll(List.of(stays, back), seen, () -> seen.size() == 500);
                Checks.equal(revocations, stays.revocations, "revocations at the member that stayed");
                var instances = cluster.admin.describeConsumerGroups(List.of(group)).all().get().get(group).members()
                    .stream().map(m -> m.groupInstanceId().orElse("")).sorted().toList();
                Checks.equal(List.of("one", "two"), instances, "instance ids");
            }
        }
    }

    private void fencing() throws Exception {
        String topic = cluster.topic("fencing", 1);
        Map<String, Object> config = Map.of("group.instance.id", "same");
        try (Member first = new Member(cluster, cluster.name("fencing"), topic, config);
             Member second = new Member(cluster, cluster.name("fencing"), topic, config)) {
            poll(List.of(first), new HashMap<>(), () -> first.consumer.assignment().size() == 1);
            poll(List.of(second), new HashMap<>(), () -> second.consumer.assignment().size() == 1);
            Checks.fails(FencedInstanceIdException.class, () -> poll(List.of(first), new HashMap<>(), () -> {
                first.consumer.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(0)));
                return false;
            }));
        }
    }

    private void administer() throws Exception {
        String topic = cluster.topic("admin-group", 2);
        String group = cluster.name("admin-group");
        cluster.send(Cluster.numbered(topic, 0, 100), Map.of());
        Map<String, Integer> seen = new HashMap<>();
        try (Member member = new Member(cluster, group, topic, Map.of("client.id", "the-member"))) {
            poll(List.of(member), seen, () -> seen.size() == 100);
            member.consumer.commitSync();
            cluster.send(Cluster.numbered(topic, 100, 30), Map.of());
            var listed = cluster.admin.listGroups().all().get().stream().filter(g -> g.groupId().equals(group)).findFirst().orElseThrow();
            Checks.equal(GroupType.CLASSIC, listed.type().orElse(null), "type");
            Checks.equal(GroupState.STABLE, listed.groupState().orElse(null), "state");
            Checks.equal("consumer", listed.protocol(), "protocol");
            var described = cluster.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
            Checks.equal(GroupState.STABLE, described.groupState(), "described state");
            Checks.equal("range", described.partitionAssignor(), "assignor");
            var only = described.members().iterator().next();
            Checks.equal("the-member", only.clientId(), "client id");
            Checks.equal("/127.0.0.1", only.host(), "host");
            Checks.equal(Set.copyOf(Cluster.partitions(topic, 2)), only.assignment().topicPartitions(), "assignment");
            Checks.equal(30L, lag(group, topic), "lag");
            Checks.fails(GroupNotEmptyException.class, () -> cluster.admin.deleteConsumerGroups(List.of(group)).all().get());
        }
        Checks.until("the group is empty", () -> cluster.admin.describeConsumerGroups(List.of(group)).all().get()
            .get(group).groupState() == GroupState.EMPTY);
        cluster.admin.deleteConsumerGroups(List.of(group)).all().get();
        Checks.that(cluster.admin.listGroups().all().get().stream().noneMatch(g -> g.groupId().equals(group)), "the group is gone");
        Checks.fails(GroupIdNotFoundException.class, () -> cluster.admin.deleteConsumerGroups(List.of(group)).all().get());
        Checks.fails(GroupIdNotFoundException.class, () -> cluster.admin.describeConsumerGroups(List.of(group)).all().get());
    }

    private long lag(String group, String topic) throws Exception {
        var offsets = cluster.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        long lag = 0;
        for (TopicPartition p : Cluster.partitions(topic, 2)) {
            long end = cluster.admin.listOffsets(Map.of(p, OffsetSpec.latest())).all().get().get(p).offset();
            lag += end - offsets.get(p).offset();
        }
        return lag;
    }

    private void alterOffsets() throws Exception {
        String topic = cluster.topic("alter-offsets", 2);
        String group = cluster.name("alter-offsets");
        List<TopicPartition> partitions = new ArrayList<>(Cluster.partitions(topic, 2));
        cluster.send(Cluster.numbered(topic, 0, 100), Map.of());
        cluster.admin.alterConsumerGroupOffsets(group, Map.of(partitions.get(0), new OffsetAndMetadata(5),
            partitions.get(1), new OffsetAndMetadata(6))).all().get();
        var offsets = cluster.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        Checks.equal(5L, offsets.get(partitions.get(0)).offset(), "altered offset");
        cluster.admin.deleteConsumerGroupOffsets(group, Set.of(partitions.get(0))).all().get();
        offsets = cluster.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        Checks.equal(Set.of(partitions.get(1)), offsets.keySet(), "partitions with an offset");
    }
}
