import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The broker under test as the checks use it: short ways to topics, producers and consumers. */
final class Cluster implements AutoCloseable {
    final String bootstrap;
    final Admin admin;
    private final String prefix;

    Cluster(String bootstrap, String prefix) {
        this.bootstrap = bootstrap;
        this.prefix = prefix;
        this.admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", 30000));
    }

    String name(String name) {
        return prefix + "-" + name;
    }

    String topic(String name, int partitions) throws Exception {
        return topic(name, partitions, Map.of());
    }

    /** Creates the topic and waits until it can be used. */
    String topic(String name, int partitions, Map<String, String> configs) throws Exception {
        String topic = name(name);
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs))).all().get();
        Checks.until(topic + " has leaders", () -> describe(topic) != null
            && describe(topic).partitions().stream().allMatch(p -> p.leader() != null && p.leader().id() >= 0));
        return topic;
    }

    /** Null while there is no such topic. */
    TopicDescription describe(String topic) throws Exception {
        try {
            return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) return null;
            throw e;
        }
    }

    KafkaProducer<byte[], byte[]> producer(Map<String, ?> overrides) {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", bootstrap));
        config.putAll(overrides);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    KafkaConsumer<byte[], byte[]> consumer(String group, Map<String, ?> overrides) {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", bootstrap,
            "auto.offset.reset", "earliest", "enable.auto.commit", "false", "max.poll.records", 5000,
            "fetch.max.wait.ms", 100, "heartbeat.interval.ms", 200)); // a close waits for its last fetch
        if (group != null) config.put("group.id", group);
        config.putAll(overrides);
        config.values().removeIf(java.util.Objects::isNull); // an override of null takes a setting away
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A member of a share group, which acknowledges each record itself. */
    KafkaShareConsumer<byte[], byte[]> shareConsumer(String group, Map<String, ?> overrides) {
        Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", bootstrap, "group.id", group,
            "share.acknowledgement.mode", "explicit", "fetch.max.wait.ms", 100));
        config.putAll(overrides);
        return new KafkaShareConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Sets configs of a group, which need not be there yet. */
    void configureGroup(String group, Map<String, String> configs) throws Exception {
        var ops = configs.entrySet().stream()
            .map(e -> new AlterConfigOp(new ConfigEntry(e.getKey(), e.getValue()), AlterConfigOp.OpType.SET)).toList();
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group), ops)).all().get();
    }

    static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    static List<TopicPartition> partitions(String topic, int count) {
        return IntStream.range(0, count).mapToObj(p -> new TopicPartition(topic, p)).toList();
    }

    /** Sends all and waits for every acknowledgement. */
    List<RecordMetadata> send(List<ProducerRecord<byte[], byte[]>> records, Map<String, ?> config) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(config)) {
            List<Future<RecordMetadata>> futures = new ArrayList<>();
            for (var record : records) futures.add(producer.send(record));
            producer.flush();
            List<RecordMetadata> sent = new ArrayList<>();
            for (var future : futures) sent.add(future.get());
            return sent;
        }
    }

    /** Records `first` to `first + count`, with a key of a hundred and a value that names each. */
    static List<ProducerRecord<byte[], byte[]>> numbered(String topic, int first, int count) {
        return IntStream.range(first, first + count)
            .mapToObj(i -> new ProducerRecord<>(topic, bytes("key-" + i % 100), bytes("value-" + i))).toList();
    }

    /** Reads the partitions from their beginning until there are `count` records, without a group. */
    List<ConsumerRecord<byte[], byte[]>> read(List<TopicPartition> partitions, int count) throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(null, Map.of())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            Checks.until(count + " records came", () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return records.size() >= count;
            });
            Checks.equal(count, records.size(), "records of " + partitions);
            return records;
        }
    }

    /** All values of a partition, up to where a reader of that isolation may read now. */
    List<String> values(TopicPartition partition, String isolation) throws Exception {
        return records(partition, isolation).stream().map(record -> text(record.value())).toList();
    }

    /** All records of a partition, up to where a reader of that isolation may read now, whatever offsets are missing. */
    List<ConsumerRecord<byte[], byte[]>> records(TopicPartition partition, String isolation) throws Exception {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (var consumer = consumer(null, Map.of("isolation.level", isolation))) {
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            consumer.seekToBeginning(List.of(partition));
            Checks.until(partition + " is read up to " + end, () -> {
                if (consumer.position(partition) < end) consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return consumer.position(partition) >= end;
            });
        }
        return records;
    }

    /** What a compacted partition says of each key: the offset and the value of its last record, unless that is a tombstone. */
    Map<String, String> latest(TopicPartition partition) throws Exception {
        Map<String, String> latest = new TreeMap<>();
        for (var record : records(partition, "read_committed")) {
            if (record.value() == null) latest.remove(text(record.key()));
            else latest.put(text(record.key()), record.offset() + " " + HexFormat.of().formatHex(record.value()).hashCode());
        }
        return latest;
    }

    @Override
    public void close() {
        admin.close();
    }
}
