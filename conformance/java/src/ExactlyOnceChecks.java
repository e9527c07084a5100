import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;

/** Transactions as applications use them: records and offsets together, and nobody sees the others. */
final class ExactlyOnceChecks {
    private final Checks checks;
    private final Cluster cluster;

    ExactlyOnceChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
    }

    void run() {
        checks.check("transactions: aborted records are invisible, open ones wait", this::visibility);
        checks.check("transactions: consume, transform and produce, exactly once", this::transform);
        checks.check("transactions: a producer that was replaced is fenced", this::zombie);
        checks.check("transactions: a group member that was replaced cannot commit offsets", this::staleMember);
        checks.check("transactions: offsets that are not decided are unstable", this::unstableOffsets);
        checks.check("transactions: an operator can abort one that hangs", this::hanging);
    }

    private KafkaProducer<byte[], byte[]> producer(String id) {
        var producer = cluster.producer(Map.of("transactional.id", cluster.name(id), "max.block.ms", 20_000, "linger.ms", 0));
        producer.initTransactions();
        return producer;
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String topic, String... values) throws Exception {
        for (String value : values) producer.send(new ProducerRecord<>(topic, 0, null, Cluster.bytes(value))).get();
    }

    private List<String> read(String topic, String isolation) throws Exception {
        return cluster.values(new TopicPartition(topic, 0), isolation);
    }

    private void visibility() throws Exception {
        String topic = cluster.topic("exactly-once-visibility", 1);
        try (var first = producer("visible-1"); var second = producer("visible-2")) {
            first.beginTransaction();
            send(first, topic, "a", "b");
            second.beginTransaction();
            send(second, topic, "x");
            Checks.equal(List.of(), read(topic, "read_committed"), "committed while both are open");
            Checks.equal(List.of("a", "b", "x"), read(topic, "read_uncommitted"), "all while both are open");
            second.abortTransaction();
            Checks.equal(List.of(), read(topic, "read_committed"), "committed behind one that is open");
            first.commitTransaction();
            Checks.until("both are decided", () -> List.of("a", "b").equals(read(topic, "read_committed")));
            first.beginTransaction();
            send(first, topic, "c");
            first.commitTransaction();
            Checks.until("the next is decided", () -> List.of("a", "b", "c").equals(read(topic, "read_committed")));
        }
    }

    private void transform() throws Exception {
        String input = cluster.topic("exactly-once-input", 1);
        String output = cluster.topic("exactly-once-output", 1);
        cluster.send(Cluster.numbered(input, 0, 2000), Map.of());
        try (var copier = new TransactionalCopier(cluster, input, output, 90, 99)) {
            copier.copy(2000, copied -> { });
        }
        Checks.equal(read(input, "read_committed"), read(output, "read_committed"), "the copy");
    }

    private void zombie() throws Exception {
        String topic = cluster.topic("exactly-once-zombie", 1);
        try (var old = producer("zombie")) {
            old.beginTransaction();
            send(old, topic, "lost");
            try (var next = producer("zombie")) {
                next.beginTransaction();
                send(next, topic, "kept");
                next.commitTransaction();
                Checks.fails(RuntimeException.class, () -> {
                    old.send(new ProducerRecord<>(topic, 0, null, Cluster.bytes("late")));
                    old.commitTransaction();
                });
                Checks.fails(ProducerFencedException.class, () -> {
                    old.abortTransaction();
                    old.beginTransaction();
                });
            }
        }
        Checks.until("only the successor's is there", () -> List.of("kept").equals(read(topic, "read_committed")));
    }

    private void staleMember() throws Exception {
        String topic = cluster.topic("exactly-once-members", 1);
        String group = cluster.name("exactly-once-members");
        var offsets = Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(1));
        try (var consumer = member(group, topic); var producer = producer("stale-member")) {
            ConsumerGroupMetadata now = consumer.groupMetadata();
            var before = new ConsumerGroupMetadata(group, now.generationId() - 1, now.memberId(), now.groupInstanceId());
            producer.beginTransaction();
            Checks.fails(CommitFailedException.class, () -> {
                producer.sendOffsetsToTransaction(offsets, before);
                producer.commitTransaction();
            });
            producer.abortTransaction();
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(offsets, now);
            producer.commitTransaction();
            Checks.equal(1L, consumer.committed(offsets.keySet()).get(new TopicPartition(topic, 0)).offset(), "the committed offset");
        }
    }

    private KafkaConsumer<byte[], byte[]> member(String group, String topic) throws Exception {
        var consumer = cluster.consumer(group, Map.of("isolation.level", "read_committed"));
        consumer.subscribe(List.of(topic));
        Checks.until("the member has its partition", () -> {
            consumer.poll(Duration.ofMillis(50));
            return !consumer.assignment().isEmpty();
        });
        return consumer;
    }

    private void unstableOffsets() throws Exception {
        String topic = cluster.topic("exactly-once-unstable", 1);
        String group = cluster.name("exactly-once-unstable");
        var partition = new TopicPartition(topic, 0);
        try (var producer = producer("unstable");
            var careful = cluster.consumer(group, Map.of())) {
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(3)), new ConsumerGroupMetadata(group));
            producer.flush();
            var careless = new ListConsumerGroupOffsetsOptions().requireStable(false);
            var offsets = cluster.admin.listConsumerGroupOffsets(group, careless).partitionsToOffsetAndMetadata().get();
            Checks.equal(Map.of(), offsets, "the offsets for who does not care");
            Checks.fails(org.apache.kafka.common.errors.TimeoutException.class,
                () -> careful.committed(Set.of(partition), Duration.ofMillis(500)));
            producer.commitTransaction();
            Checks.equal(3L, careful.committed(Set.of(partition)).get(partition).offset(), "the offset once it is decided");
        }
    }

    private void hanging() throws Exception {
        String topic = cluster.topic("exactly-once-hanging", 1);
        var partition = new TopicPartition(topic, 0);
        try (var producer = producer("hanging")) {
            producer.beginTransaction();
            send(producer, topic, "stuck");
            ProducerState open = state(partition);
            Checks.equal(0L, open.currentTransactionStartOffset().getAsLong(), "where the open transaction began");
            cluster.admin.abortTransaction(new AbortTransactionSpec(partition, open.producerId(), (short) open.producerEpoch(),
                open.coordinatorEpoch().orElse(0))).all().get();
            Checks.that(state(partition).currentTransactionStartOffset().isEmpty(), "it still hangs");
            Checks.equal(List.of(), read(topic, "read_committed"), "committed records");
            try {
                producer.abortTransaction();
            } catch (RuntimeException fenced) {
                // Whether its coordinator lets it end what has ended is not what is asked here.
            }
        }
    }

    private ProducerState state(TopicPartition partition) throws Exception {
        return cluster.admin.describeProducers(List.of(partition)).all().get().get(partition).activeProducers().get(0);
    }
}
