import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;

/** Groups of the consumer protocol (KIP-848), and groups that change between it and the classic one. */
final class ConsumerGroupChecks {
    private static final Map<String, Object> CLASSIC =
        Map.of("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");

    private final Checks checks;
    private final Cluster cluster;

    ConsumerGroupChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
    }

    void run() {
        checks.check("consumer protocol: group of two, uniform", () -> groupOfTwo("uniform"));
        checks.check("consumer protocol: group of two, range", () -> groupOfTwo("range"));
        checks.check("consumer protocol: static membership", this::staticMembership);
        checks.check("consumer protocol: a pattern of the broker", this::pattern);
        checks.check("consumer protocol: a living group is upgraded and downgraded", this::changes);
    }

    private KafkaConsumer<byte[], byte[]> modern(String group, Map<String, ?> config) {
        Map<String, Object> all = new HashMap<>(config);
        all.put("group.protocol", "consumer");
        all.put("heartbeat.interval.ms", null); // the broker sets it
        return cluster.consumer(group, all);
    }

    private static void poll(List<KafkaConsumer<byte[], byte[]>> members, Map<String, Integer> seen, Checks.Condition done) throws Exception {
        Checks.until("the group has done its part", () -> {
            for (var member : members) {
                member.poll(Duration.ofMillis(50)).forEach(r -> seen.merge(Cluster.text(r.value()), 1, Integer::sum));
            }
            return done.holds();
        });
    }

    private static boolean settled(List<KafkaConsumer<byte[], byte[]>> members, int each) {
        return members.stream().allMatch(m -> m.assignment().size() == each)
            && members.stream().flatMap(m -> m.assignment().stream()).distinct().count() == (long) each * members.size();
    }

    private static void once(Map<String, Integer> seen) {
        seen.forEach((value, times) -> Checks.equal(1, times, "times that " + value + " was seen"));
    }

    private GroupType type(String group) throws Exception {
        return cluster.admin.describeConsumerGroups(List.of(group)).all().get().get(group).type();
    }

    private void groupOfTwo(String assignor) throws Exception {
        String topic = cluster.topic("modern-" + assignor, 4);
        cluster.send(Cluster.numbered(topic, 0, 1000), Map.of());
        Map<String, ?> config = Map.of("group.remote.assignor", assignor);
        Map<String, Integer> seen = new HashMap<>();
        try (var first = modern(topic, config)) {
            first.subscribe(List.of(topic));
            poll(List.of(first), seen, () -> seen.size() == 1000);
            first.commitSync();
            try (var second = modern(topic, config)) {
                second.subscribe(List.of(topic));
                var both = List.of(first, second);
                poll(both, seen, () -> settled(both, 2));
                cluster.send(Cluster.numbered(topic, 1000, 1000), Map.of());
                poll(both, seen, () -> seen.size() == 2000);
                for (var member : both) member.commitSync();
                var described = cluster.admin.describeConsumerGroups(List.of(topic)).all().get().get(topic);
                Checks.equal(GroupType.CONSUMER, described.type(), "type");
                Checks.equal(GroupState.STABLE, described.groupState(), "state");
                Checks.equal(assignor, described.partitionAssignor(), "assignor");
                Checks.equal(2, described.members().size(), "members");
            }
            poll(List.of(first), seen, () -> first.assignment().size() == 4);
        }
        once(seen);
        Checks.until("the group is empty", () -> cluster.admin.describeConsumerGroups(List.of(topic)).all().get()
            .get(topic).groupState() == GroupState.EMPTY);
        cluster.admin.deleteConsumerGroups(List.of(topic)).all().get();
    }

    private void staticMembership() throws Exception {
        String topic = cluster.topic("modern-static", 4);
        cluster.send(Cluster.numbered(topic, 0, 400), Map.of());
        Map<String, Integer> seen = new HashMap<>();
        try (var stays = modern(topic, Map.of("group.instance.id", "one"))) {
            stays.subscribe(List.of(topic));
            var leaves = modern(topic, Map.of("group.instance.id", "two"));
            leaves.subscribe(List.of(topic));
            poll(List.of(stays, leaves), seen, () -> seen.size() == 400 && settled(List.of(stays, leaves), 2));
            try (var intruder = modern(topic, Map.of("group.instance.id", "two"))) {
                intruder.subscribe(List.of(topic));
                Checks.fails(UnreleasedInstanceIdException.class, () -> poll(List.of(intruder), seen, () -> false));
            }
            Set<TopicPartition> owned = Set.copyOf(leaves.assignment());
            leaves.close(); // it leaves for a while: its partitions wait for it
            poll(List.of(stays), seen, () -> true);
            Checks.equal(2, stays.assignment().size(), "partitions of the member that stayed");
            try (var back = modern(topic, Map.of("group.instance.id", "two"))) {
                back.subscribe(List.of(topic));
                poll(List.of(stays, back), seen, () -> back.assignment().equals(owned));
            }
        }
    }

    private void pattern() throws Exception {
        String one = cluster.topic("matched-one", 1);
        cluster.topic("unmatched", 1);
        cluster.send(Cluster.numbered(one, 0, 10), Map.of());
        Map<String, Integer> seen = new HashMap<>();
        try (var consumer = modern(cluster.name("pattern"), Map.of())) {
            consumer.subscribe(new SubscriptionPattern(cluster.name("matched-") + ".*"));
            poll(List.of(consumer), seen, () -> seen.size() == 10);
            Checks.equal(Set.copyOf(Cluster.partitions(one, 1)), consumer.assignment(), "assignment");
        }
    }

    /** Two classic members are replaced one after the other, and then replaced back; no record is lost or seen twice. */
    private void changes() throws Exception {
        String topic = cluster.topic("changes", 4);
        Map<String, Integer> seen = new HashMap<>();
        List<KafkaConsumer<byte[], byte[]>> members = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) members.add(cluster.consumer(topic, CLASSIC));
            for (var member : members) member.subscribe(List.of(topic));
            poll(members, seen, () -> settled(members, 2));
            Checks.equal(GroupType.CLASSIC, type(topic), "type at first");
            int round = 0;
            for (boolean modern : List.of(true, true, false, false)) {
                cluster.send(Cluster.numbered(topic, round * 100, 100), Map.of());
                int expected = ++round * 100;
                poll(members, seen, () -> seen.size() == expected);
                for (var member : members) member.commitSync();
                members.remove(0).close();
                var next = modern ? modern(topic, Map.of()) : cluster.consumer(topic, CLASSIC);
                members.add(next);
                next.subscribe(List.of(topic));
                poll(members, seen, () -> settled(members, 2));
                Checks.equal(round == 4 ? GroupType.CLASSIC : GroupType.CONSUMER, type(topic), "type in round " + round);
            }
            cluster.send(Cluster.numbered(topic, 400, 100), Map.of());
            poll(members, seen, () -> seen.size() == 500);
        } finally {
            for (var member : members) member.close();
        }
        once(seen);
    }
}
