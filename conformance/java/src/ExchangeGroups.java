import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Groups of the consumer protocol (KIP-848) in an exchange: members that join and leave in each turn, and
 * members that stay while one broker ends and the other begins.
 */
final class ExchangeGroups {
    /** Members outlive the change of brokers: it has to be done within this time. */
    private static final Map<String, String> PATIENT = Map.of("consumer.session.timeout.ms", "60000");
    private static final int PARTITIONS = 5;

    private final Cluster cluster;
    private final int turn;

    ExchangeGroups(Cluster cluster, int turn) {
        this.cluster = cluster;
        this.turn = turn;
    }

    /**
     * Two members read what this turn has written to a topic. One of them leaves; the other is static and
     * leaves only for a while: the next turn's broker finds it in the group, with its regular expression.
     */
    void joinAndLeave(String topic, int newRecords) throws Exception {
        String group = cluster.name("consumer-protocol");
        if (turn == 0) cluster.configureGroup(group, PATIENT);
        int[] count = {0};
        try (var dynamic = member(group, Map.of()); var fixed = member(group, Map.of("group.instance.id", "fixed"))) {
            var both = List.of(dynamic, fixed);
            dynamic.subscribe(List.of(topic));
            fixed.subscribe(new SubscriptionPattern(topic));
            Checks.until("both have read this turn's records", () -> {
                for (var consumer : both) count[0] += readAndCommit(consumer);
                return count[0] >= newRecords && both.stream().noneMatch(consumer -> consumer.assignment().isEmpty());
            });
        }
        Checks.equal(newRecords, count[0], "records since the last commit");
    }

    private KafkaConsumer<byte[], byte[]> member(String group, Map<String, ?> overrides) {
        Map<String, Object> config = new HashMap<>(overrides);
        config.put("group.protocol", "consumer");
        config.put("heartbeat.interval.ms", null); // the broker sets it
        return cluster.consumer(group, config);
    }

    /** Commits at once: a partition that moves to the other member is read on from there. */
    private static int readAndCommit(KafkaConsumer<byte[], byte[]> consumer) {
        int count = consumer.poll(Duration.ofMillis(50)).count();
        if (count > 0) consumer.commitSync();
        return count;
    }

    /**
     * Two members that never leave heartbeat on with the epochs that the other broker has given them, and
     * keep their partitions. Then a third one comes and goes, which moves the epochs.
     */
    void stay() throws Exception {
        String group = cluster.name("staying");
        if (turn == 0) {
            cluster.topic("staying", PARTITIONS);
            cluster.configureGroup(group, PATIENT);
        }
        Uuid topicId = cluster.describe(group).topicId();
        try (Wire wire = new Wire(cluster.bootstrap)) {
            var dynamic = new StayingMember(wire, group, topicId, "dynamic", null);
            var fixed = new StayingMember(wire, group, topicId, "fixed", "of-instance");
            if (turn > 0) {
                dynamic.goOn(described(group, "dynamic"));
                fixed.goOn(described(group, "fixed"));
            }
            settle(List.of(dynamic, fixed));
            var guest = new StayingMember(wire, group, topicId, "guest", null);
            settle(List.of(dynamic, fixed, guest));
            guest.leave();
            settle(List.of(dynamic, fixed));
            dynamic.commit(turn * 100L);
            fixed.commit(turn * 100L);
        }
    }

    private MemberDescription described(String group, String member) throws Exception {
        return cluster.admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().stream()
            .filter(description -> description.consumerId().equals(member)).findFirst().orElseThrow();
    }

    /** Heartbeats until all have reached one epoch, and have the partitions among themselves. */
    private static void settle(List<StayingMember> members) throws Exception {
        Checks.until("the group has settled", () -> {
            for (var member : members) member.heartbeat();
            Set<Integer> owned = new TreeSet<>();
            members.forEach(member -> owned.addAll(member.owned));
            int total = members.stream().mapToInt(member -> member.owned.size()).sum();
            return total == PARTITIONS && owned.size() == PARTITIONS && members.stream().noneMatch(member -> member.owned.isEmpty())
                && members.stream().map(member -> member.epoch).distinct().count() == 1;
        });
    }

    /** The lines of an image for a group of this protocol. */
    static String image(ConsumerGroupDescription group) {
        StringBuilder text = new StringBuilder(group.groupState() + " at " + group.groupEpoch().orElseThrow() + "/"
            + group.targetAssignmentEpoch().orElseThrow() + " by " + group.partitionAssignor());
        group.members().stream().sorted(Comparator.comparing(member -> member.consumerId())).forEach(member ->
            text.append("; ").append(member.consumerId()).append(' ').append(member.groupInstanceId().orElse("-"))
                .append(" at ").append(member.memberEpoch().orElseThrow())
                .append(" has ").append(sorted(member.assignment().topicPartitions()))
                .append(", is to have ").append(sorted(member.targetAssignment().orElseThrow().topicPartitions())));
        return text.toString();
    }

    private static List<String> sorted(Set<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::toString).sorted().toList();
    }
}
