import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.utils.Utils;

/** A Kafka Streams program with a store on disk, exactly once, over groups of both protocols (KIP-447, KIP-1071). */
final class StreamsChecks {
    private static final int PARTITIONS = 2;
    private static final int LINES = 500;

    private final Checks checks;
    private final Cluster cluster;

    StreamsChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
    }

    void run() {
        checks.check("streams: words counted exactly once over a restart, classic protocol", () -> wordCount("classic", GroupType.CLASSIC));
        checks.check("streams: words counted exactly once over a restart, streams protocol", () -> wordCount("streams", GroupType.STREAMS));
    }

    private void wordCount(String protocol, GroupType type) throws Exception {
        String application = cluster.name("words-" + protocol);
        String input = cluster.topic("lines-" + protocol, PARTITIONS);
        String output = cluster.topic("counts-" + protocol, PARTITIONS);
        Map<String, Long> expected = new TreeMap<>();
        Path directory = Files.createTempDirectory("streams-checks");
        try {
            for (int run = 0; run < 2; run++) {
                cluster.send(lines(input, run * LINES, expected), Map.of());
                try (var program = new WordCount(cluster, application, input, output, directory, Map.of("group.protocol", protocol))) {
                    program.start();
                    Checks.until("the counts are " + expected, () -> WordCount.counts(cluster, output, PARTITIONS).equals(expected));
                    Checks.equal(List.of(type), cluster.admin.listGroups().all().get().stream()
                        .filter(group -> group.groupId().equals(application)).map(group -> group.type().orElseThrow()).toList(), "type of the group");
                }
            }
        } finally {
            Utils.delete(directory.toFile());
        }
        once(output);
    }

    private static List<ProducerRecord<byte[], byte[]>> lines(String topic, int first, Map<String, Long> expected) {
        return IntStream.range(first, first + LINES).mapToObj(i -> {
            List<String> words = List.of("every", "line-" + i % 17, "of-" + i % 5);
            for (String word : words) expected.merge(word, 1L, Long::sum);
            return new ProducerRecord<byte[], byte[]>(topic, i % PARTITIONS, null, Cluster.bytes(String.join(" ", words)));
        }).toList();
    }

    /** A count that came twice, or went back, would be of a record that was processed twice. */
    private void once(String output) throws Exception {
        for (var partition : Cluster.partitions(output, PARTITIONS)) {
            Map<String, Long> last = new HashMap<>();
            for (var record : cluster.records(partition, "read_committed")) {
                String word = Cluster.text(record.key());
                long count = Long.parseLong(Cluster.text(record.value()));
                Checks.that(count > last.getOrDefault(word, 0L), word + " has the count " + count + " after " + last.get(word));
                last.put(word, count);
            }
        }
    }
}
