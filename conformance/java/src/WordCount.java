import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.Stores;

/** A Kafka Streams program that counts words exactly once: a repartition topic, a store on disk and its changelog. */
final class WordCount implements AutoCloseable {
    private final KafkaStreams streams;

    /** Reads lines of words; writes each word's count as text. `directory` holds the store. */
    WordCount(Cluster cluster, String application, String input, String output, Path directory, Map<String, ?> overrides) {
        Properties config = new Properties();
        config.put("application.id", application);
        config.put("bootstrap.servers", cluster.bootstrap);
        config.put("state.dir", directory.toString());
        config.put("processing.guarantee", "exactly_once_v2");
        config.put("commit.interval.ms", 100);
        config.put("num.stream.threads", 1);
        config.put("default.key.serde", Serdes.StringSerde.class);
        config.put("default.value.serde", Serdes.StringSerde.class);
        config.putAll(overrides);
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream(input).flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word).count(Materialized.as(Stores.persistentKeyValueStore("counts")))
            .toStream().mapValues(String::valueOf).to(output);
        streams = new KafkaStreams(builder.build(), config);
    }

    void start() throws Exception {
        streams.start();
        Checks.until("the program runs", () -> {
            Checks.that(streams.state() != KafkaStreams.State.ERROR, "the program has failed");
            return streams.state() == KafkaStreams.State.RUNNING;
        });
    }

    /** The last count of each word that was committed to the output. */
    static Map<String, Long> counts(Cluster cluster, String output, int partitions) throws Exception {
        Map<String, Long> counts = new TreeMap<>();
        for (var partition : Cluster.partitions(output, partitions)) {
            for (var record : cluster.records(partition, "read_committed")) {
                counts.put(Cluster.text(record.key()), Long.valueOf(Cluster.text(record.value())));
            }
        }
        return counts;
    }

    @Override
    public void close() {
        var options = CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
        Checks.that(streams.close(options.withTimeout(Duration.ofSeconds(20))), "the program does not close");
    }
}
