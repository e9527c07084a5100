import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;

/** What a share consumer gets, as the checks look at it. */
final class Shares {
    private Shares() { }

    /** Polls until there are that many records; there may be more. */
    static List<ConsumerRecord<byte[], byte[]>> poll(KafkaShareConsumer<byte[], byte[]> consumer, int count) throws Exception {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        Checks.until(count + " records", () -> {
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            return records.size() >= count;
        });
        return records;
    }

    /** Values with their delivery counts. */
    static String show(List<ConsumerRecord<byte[], byte[]>> records) {
        return records.stream().map(r -> Cluster.text(r.value()) + "*" + r.deliveryCount().orElseThrow()).collect(Collectors.joining(" "));
    }

    static void commit(KafkaShareConsumer<byte[], byte[]> consumer) {
        consumer.commitSync().forEach((partition, error) -> Checks.equal(Optional.empty(), error, "acknowledgement of " + partition));
    }
}
