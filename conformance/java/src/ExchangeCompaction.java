import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A compacted topic in an exchange: each turn ends when its broker has cleaned, so that the other finds
 * cleaned and uncleaned segments, tombstones on their way out and what is left of transactions.
 */
final class ExchangeCompaction {
    private static final int KEYS = 100;
    private static final int ROUNDS = 24;
    private static final int VALUE_BYTES = 1000;
    /** The smallest that Apache Kafka takes. */
    private static final int SEGMENT_BYTES = 1_048_576;

    private final Cluster cluster;
    private final int turn;
    private final TopicPartition partition;
    private final Map<String, String> latest;

    ExchangeCompaction(Cluster cluster, int turn) throws Exception {
        this.cluster = cluster;
        this.turn = turn;
        partition = new TopicPartition(cluster.name("compacted"), 0);
        if (turn == 0) {
            cluster.topic("compacted", 1, Map.of("cleanup.policy", "compact", "segment.bytes", String.valueOf(SEGMENT_BYTES),
                "min.cleanable.dirty.ratio", "0.01", "delete.retention.ms", "1000"));
        }
        latest = cluster.latest(partition);
    }

    /** Writes over and over the same keys, ends with the cleaner's work, and finds the last value of each. */
    void goOn() throws Exception {
        transaction("committed", "committed in turn " + turn, true);
        transaction("tombstone", null, true);
        transaction("committed", "never to be seen", false);
        fill();
        List<ProducerRecord<byte[], byte[]>> deletions = new ArrayList<>();
        for (int i = turn; i < KEYS; i += 7) deletions.add(record("key-" + i, null));
        cluster.send(deletions, Map.of());
        transaction("tombstone", "not for long", true);
        transaction("tombstone", "never to be seen", false);
        Checks.until("the log is cleaned", () -> sizeBytes() < 2 * SEGMENT_BYTES);
        Map<String, String> now = cluster.latest(partition);
        Checks.equal(KEYS - deletions.size() + 2 * 10, now.size(), "keys that have a value");
        for (String key : now.keySet()) {
            Checks.that(!now.get(key).equals(latest.get(key)), key + " has still its value of the turn before");
        }
    }

    private void transaction(String key, String value, boolean commit) throws Exception {
        try (var producer = cluster.producer(Map.of("transactional.id", partition.topic()))) {
            producer.initTransactions();
            producer.beginTransaction();
            for (int i = 0; i < 10; i++) producer.send(record(key + "-" + i, value));
            producer.flush();
            if (commit) producer.commitTransaction();
            else producer.abortTransaction();
        }
    }

    /** Some segments full of values that do not compress and are never the last ones of their keys but in the end. */
    private void fill() throws Exception {
        Random random = new Random(turn);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < ROUNDS * KEYS; i++) {
            byte[] value = new byte[VALUE_BYTES];
            random.nextBytes(value);
            records.add(new ProducerRecord<>(partition.topic(), Cluster.bytes("key-" + i % KEYS), value));
        }
        cluster.send(records, Map.of());
    }

    private ProducerRecord<byte[], byte[]> record(String key, String value) {
        return new ProducerRecord<>(partition.topic(), Cluster.bytes(key), Cluster.bytes(value));
    }

    private long sizeBytes() throws Exception {
        return cluster.admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).values().stream()
            .map(directory -> directory.replicaInfos().get(partition)).filter(Objects::nonNull)
            .mapToLong(replica -> replica.size()).sum();
    }
}
