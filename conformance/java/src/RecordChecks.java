import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;

/** Records as they go in and come out: every byte, codec, size and order. */
final class RecordChecks {
    /** A batch of one null-keyed record is this much larger than its value, at values near 1 MiB. */
    private static final int BATCH_OVERHEAD = 72;
    private static final int DEFAULT_MAX_MESSAGE_BYTES = 1048588;

    private final Checks checks;
    private final Cluster cluster;

    RecordChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
    }

    void run() {
        checks.check("produce and consume", this::produceAndConsume);
        for (String acks : List.of("0", "1", "all")) checks.check("acks=" + acks, () -> acks(acks));
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            checks.check("compression " + codec, () -> compression(codec));
            checks.check("topic compresses with " + codec, () -> topicCompression(codec));
        }
        checks.check("headers", this::headers);
        checks.check("null keys and values", this::nulls);
        checks.check("1 MB record", this::largeRecord);
        checks.check("record beyond max.message.bytes refused", this::tooLarge);
        checks.check("100,000 records", this::manyRecords);
        checks.check("idempotent producer", this::idempotent);
        checks.check("message.timestamp.type=LogAppendTime", this::logAppendTime);
        checks.check("long poll ends when a record comes", this::longPoll);
    }

    private void produceAndConsume() throws Exception {
        String topic = cluster.topic("basic", 3);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            records.add(new ProducerRecord<>(topic, i % 3, 1_700_000_000_000L + i, Cluster.bytes("k" + i), Cluster.bytes("v" + i)));
        }
        List<RecordMetadata> sent = cluster.send(records, Map.of());
        Map<TopicPartition, ConsumerRecord<byte[], byte[]>> last = new HashMap<>();
        var read = cluster.read(Cluster.partitions(topic, 3), 300);
        for (var r : read) {
            int i = (int) (r.offset() * 3 + r.partition());
            Checks.equal(i / 3L, sent.get(i).offset(), "acknowledged offset");
            Checks.equal("k" + i, Cluster.text(r.key()), "key");
            Checks.equal("v" + i, Cluster.text(r.value()), "value");
            Checks.equal(1_700_000_000_000L + i, r.timestamp(), "timestamp");
            Checks.equal(TimestampType.CREATE_TIME, r.timestampType(), "timestamp type");
            Checks.equal(0, r.leaderEpoch().orElse(-1), "leader epoch");
            var before = last.put(new TopicPartition(topic, r.partition()), r);
            Checks.that(before == null || before.offset() == r.offset() - 1, "offsets without gaps");
        }
    }

    private void acks(String acks) throws Exception {
        String topic = cluster.topic("acks-" + acks, 1);
        cluster.send(Cluster.numbered(topic, 0, 500), Map.of("acks", acks, "enable.idempotence", "all".equals(acks)));
        cluster.read(Cluster.partitions(topic, 1), 500);
    }

    private void compression(String codec) throws Exception {
        String topic = cluster.topic("codec-" + codec, 1);
        cluster.send(Cluster.numbered(topic, 0, 2000), Map.of("compression.type", codec, "linger.ms", 20));
        compare(topic, 2000);
    }

    private void topicCompression(String codec) throws Exception {
        String type = codec.equals("none") ? "uncompressed" : codec;
        String topic = cluster.topic("recodec-" + codec, 1, Map.of("compression.type", type));
        String other = codec.equals("gzip") ? "lz4" : "gzip";
        cluster.send(Cluster.numbered(topic, 0, 1000), Map.of("compression.type", other, "linger.ms", 20));
        cluster.send(Cluster.numbered(topic, 1000, 1000), Map.of("linger.ms", 20));
        compare(topic, 2000);
    }

    private void compare(String topic, int count) throws Exception {
        var read = cluster.read(Cluster.partitions(topic, 1), count);
        for (int i = 0; i < count; i++) {
            Checks.equal((long) i, read.get(i).offset(), "offset");
            Checks.equal("key-" + i % 100, Cluster.text(read.get(i).key()), "key");
            Checks.equal("value-" + i, Cluster.text(read.get(i).value()), "value");
        }
    }

    private void headers() throws Exception {
        String topic = cluster.topic("headers", 1);
        var headers = List.<org.apache.kafka.common.header.Header>of(
            new RecordHeader("a", Cluster.bytes("1")), new RecordHeader("a", Cluster.bytes("2")),
            new RecordHeader("empty", new byte[0]), new RecordHeader("null", null),
            new RecordHeader("grüße", new byte[] {0, -1}), new RecordHeader("", Cluster.bytes("no name")));
        cluster.send(List.of(new ProducerRecord<>(topic, 0, null, null, Cluster.bytes("v"), headers)), Map.of());
        var read = cluster.read(Cluster.partitions(topic, 1), 1).get(0).headers().toArray();
        Checks.equal(headers, Arrays.asList(read), "headers");
    }

    private void nulls() throws Exception {
        String topic = cluster.topic("nulls", 1);
        byte[][][] pairs = {{null, null}, {{}, {}}, {Cluster.bytes("k"), null}, {null, Cluster.bytes("v")}};
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (byte[][] pair : pairs) records.add(new ProducerRecord<>(topic, 0, pair[0], pair[1]));
        cluster.send(records, Map.of());
        var read = cluster.read(Cluster.partitions(topic, 1), pairs.length);
        for (int i = 0; i < pairs.length; i++) {
            Checks.that(Arrays.equals(pairs[i][0], read.get(i).key()), "key " + i);
            Checks.that(Arrays.equals(pairs[i][1], read.get(i).value()), "value " + i);
        }
    }

    private static byte[] pattern(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) bytes[i] = (byte) (i * 31 + i / 251);
        return bytes;
    }

    private void largeRecord() throws Exception {
        String topic = cluster.topic("large", 1);
        byte[] million = pattern(1_000_000);
        byte[] exact = pattern(DEFAULT_MAX_MESSAGE_BYTES - BATCH_OVERHEAD);
        for (byte[] value : List.of(million, exact)) {
            cluster.send(List.of(new ProducerRecord<>(topic, value)), Map.of("max.request.size", 4_000_000));
        }
        var read = cluster.read(Cluster.partitions(topic, 1), 2);
        Checks.that(Arrays.equals(million, read.get(0).value()), "the record of 1,000,000 bytes is the same");
        Checks.that(Arrays.equals(exact, read.get(1).value()), "the largest record is the same");
    }

    private void tooLarge() throws Exception {
        String topic = cluster.topic("too-large", 1);
        byte[] value = pattern(DEFAULT_MAX_MESSAGE_BYTES - BATCH_OVERHEAD + 1);
        Checks.fails(RecordTooLargeException.class, () ->
            cluster.send(List.of(new ProducerRecord<>(topic, value)), Map.of("max.request.size", 4_000_000)));
        cluster.send(Cluster.numbered(topic, 0, 1), Map.of());
        cluster.read(Cluster.partitions(topic, 1), 1);
    }

    private void manyRecords() throws Exception {
        int count = 100_000;
        String topic = cluster.topic("many", 4);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(new ProducerRecord<>(topic, Cluster.bytes("key-" + i % 1000), Cluster.bytes("value-" + i)));
        }
        List<RecordMetadata> sent = cluster.send(records, Map.of("linger.ms", 10));
        Map<String, Integer> next = new HashMap<>();
        for (var r : cluster.read(Cluster.partitions(topic, 4), count)) {
            String key = Cluster.text(r.key());
            int i = next.getOrDefault(key, Integer.parseInt(key.substring(4)));
            next.put(key, i + 1000);
            Checks.equal("value-" + i, Cluster.text(r.value()), "value of the next record of " + key);
            Checks.equal(sent.get(i).partition(), r.partition(), "partition of record " + i);
            Checks.equal(sent.get(i).offset(), r.offset(), "offset of record " + i);
        }
        next.forEach((key, i) -> Checks.equal(count + Integer.parseInt(key.substring(4)), i, "records of " + key));
    }

    private void idempotent() throws Exception {
        String topic = cluster.topic("idempotent", 1);
        Map<String, Object> config = Map.of("enable.idempotence", true, "batch.size", 200, "linger.ms", 0);
        cluster.send(Cluster.numbered(topic, 0, 3000), config);
        compare(topic, 3000);
        var states = cluster.admin.describeProducers(Cluster.partitions(topic, 1)).all().get()
            .get(new TopicPartition(topic, 0)).activeProducers();
        Checks.equal(1, states.size(), "active producers");
        Checks.equal(2999, states.get(0).lastSequence(), "last sequence");
        Checks.equal(0, states.get(0).producerEpoch(), "producer epoch");
    }

    private void logAppendTime() throws Exception {
        String topic = cluster.topic("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis();
        cluster.send(List.of(new ProducerRecord<>(topic, 0, 1L, null, Cluster.bytes("v"))), Map.of());
        var read = cluster.read(Cluster.partitions(topic, 1), 1).get(0);
        Checks.equal(TimestampType.LOG_APPEND_TIME, read.timestampType(), "timestamp type");
        Checks.that(Math.abs(read.timestamp() - before) < 60_000, "the broker's time: " + read.timestamp());
    }

    private void longPoll() throws Exception {
        String topic = cluster.topic("long-poll", 1);
        try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer(null, Map.of("fetch.max.wait.ms", 4000));
             KafkaProducer<byte[], byte[]> producer = cluster.producer(Map.of())) {
            consumer.assign(Cluster.partitions(topic, 1));
            consumer.poll(Duration.ofMillis(300)); // the fetch is parked at the broker from now on
            long start = System.nanoTime();
            producer.send(new ProducerRecord<>(topic, Cluster.bytes("v"))).get();
            while (consumer.poll(Duration.ofSeconds(5)).isEmpty()) { }
            long ms = (System.nanoTime() - start) / 1_000_000;
            Checks.that(ms < 2000, "the record came after " + ms + " ms");
        }
    }
}
