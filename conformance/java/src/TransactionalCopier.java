import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Consumes one topic and produces what it has read to another, exactly once: records and offsets in one
 * transaction, some of them aborted on purpose. Whatever goes wrong, it goes on where the group has
 * committed, with a new producer where the old one is of no use any more.
 */
final class TransactionalCopier implements AutoCloseable {
    private static final int PERCENT_ABORTED = 15;

    private final Cluster cluster;
    private final String input;
    private final String output;
    private final int transactionSize;
    private final Random random;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<ConsumerRecord<byte[], byte[]>> waiting = new ArrayList<>();
    private KafkaProducer<byte[], byte[]> producer;
    int aborted;
    int failures;

    TransactionalCopier(Cluster cluster, String input, String output, int transactionSize, long seed) {
        this.cluster = cluster;
        this.input = input;
        this.output = output;
        this.transactionSize = transactionSize;
        this.random = new Random(seed);
        this.consumer = cluster.consumer(input + "-copier", Map.of("isolation.level", "read_committed",
            "max.poll.records", transactionSize, "reconnect.backoff.max.ms", 100, "retry.backoff.max.ms", 100));
        consumer.subscribe(List.of(input));
    }

    /** Copies until the group has committed `total` records; tells `progress` of each commit. */
    void copy(long total, LongConsumer progress) {
        for (long copied = 0; copied < total;) {
            try {
                if (producer == null) producer = newProducer();
                if (!copyOnce(total - copied)) continue;
            } catch (KafkaException failure) {
                failures++;
                System.err.println("goes on after " + failure);
                abandon();
            }
            copied = committed();
            progress.accept(copied);
        }
    }

    private KafkaProducer<byte[], byte[]> newProducer() {
        var made = cluster.producer(Map.of("transactional.id", input + "-copier", "transaction.timeout.ms", 20_000,
            "reconnect.backoff.max.ms", 100, "retry.backoff.max.ms", 100, "max.block.ms", 60_000));
        try {
            made.initTransactions();
            return made;
        } catch (KafkaException failure) {
            made.close(Duration.ZERO);
            throw failure;
        }
    }

    /** One transaction; false while there is not enough for one. */
    private boolean copyOnce(long left) {
        consumer.poll(Duration.ofMillis(50)).forEach(waiting::add);
        if (waiting.size() < Math.min(transactionSize, left)) return false;
        List<ConsumerRecord<byte[], byte[]>> batch = waiting.subList(0, Math.min(transactionSize, waiting.size()));
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        producer.beginTransaction();
        for (var record : batch) {
            producer.send(new ProducerRecord<>(output, record.partition(), record.key(), record.value()));
            offsets.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        if (random.nextInt(100) < PERCENT_ABORTED) {
            aborted++;
            producer.abortTransaction();
            rewind();
        } else {
            commit();
            batch.clear();
        }
        return true;
    }

    /** A commit that takes too long has to be asked for again: its outcome is not known. */
    private void commit() {
        for (int attempt = 1;; attempt++) {
            try {
                producer.commitTransaction();
                return;
            } catch (TimeoutException late) {
                if (attempt == 5) throw late;
            }
        }
    }

    private void abandon() {
        if (producer != null) producer.close(Duration.ZERO);
        producer = null;
        rewind();
    }

    /** Back to where the group is. Offsets of a transaction that is not decided make this wait. */
    private void rewind() {
        waiting.clear();
        for (var partition : consumer.assignment()) {
            var offset = consumer.committed(java.util.Set.of(partition), Duration.ofSeconds(60)).get(partition);
            if (offset == null) consumer.seekToBeginning(List.of(partition));
            else consumer.seek(partition, offset.offset());
        }
    }

    /** Every record of the input has an offset of its own: nothing there was transactional. */
    private long committed() {
        var partitions = consumer.partitionsFor(input).stream()
            .map(info -> new TopicPartition(input, info.partition())).collect(Collectors.toSet());
        return consumer.committed(partitions, Duration.ofSeconds(60)).values().stream()
            .mapToLong(offset -> offset == null ? 0 : offset.offset()).sum();
    }

    @Override
    public void close() {
        if (producer != null) producer.close();
        consumer.close();
    }
}
