import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** kafka-metadata-shell on the metadata log of a broker that has stopped, and on its snapshots. */
final class MetadataShellChecks {
    private static final String SHELL = "org.apache.kafka.shell.MetadataShell";
    private static final int PATIENCE_SECONDS = 10;

    private final Path directory;

    MetadataShellChecks(Path dataDir) {
        directory = dataDir.resolve("__cluster_metadata-0");
    }

    /** The log from its beginning, which is there while nothing was cleaned. */
    void log() throws Exception {
        showsTopics(directory.resolve("00000000000000000000.log"));
    }

    void latestSnapshot() throws Exception {
        try (var files = Files.list(directory)) {
            showsTopics(files.filter(file -> file.getFileName().toString().matches("\\d{20}-\\d{10}\\.checkpoint")).sorted()
                .reduce((first, second) -> second).orElseThrow());
        }
    }

    /**
     * The tool answers as soon as it has read something, which may be before it can show it; sometimes it waits for
     * ever. So it has a process of its own, and is asked again.
     */
    private static void showsTopics(Path file) throws Exception {
        Checks.until("kafka-metadata-shell shows the topics of " + file.getFileName(), () -> {
            Process process = Tool.start(SHELL, "--snapshot", file.toString(), "ls", "/image/topics/byName");
            try {
                return process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    && new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).contains("__consumer_offsets");
            } finally {
                process.destroyForcibly();
            }
        });
    }
}
