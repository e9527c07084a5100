import java.nio.file.Files;
import java.nio.file.Path;

/** kafka-metadata-shell on the metadata log of a broker that has stopped, and on its snapshots. */
final class MetadataShellChecks {
    private static final String PARTS = "acls[\\s\\S]*cluster[\\s\\S]*configs[\\s\\S]*features[\\s\\S]*topics";
    private static final String SHELL = "org.apache.kafka.shell.MetadataShell";

    private final Path directory;

    MetadataShellChecks(Path dataDir) {
        directory = dataDir.resolve("__cluster_metadata-0");
    }

    /** The log from its beginning, which is there while nothing was cleaned. The tool shows what it has read when it is asked. */
    void log() throws Exception {
        Shell.has(ask(directory.resolve("00000000000000000000.log"), "ls", "/image"), PARTS);
    }

    void latestSnapshot() throws Exception {
        try (var files = Files.list(directory)) {
            Path snapshot = files.filter(file -> file.getFileName().toString().matches("\\d{20}-\\d{10}\\.checkpoint")).sorted()
                .reduce((first, second) -> second).orElseThrow();
            Shell.has(ask(snapshot, "ls", "/image"), PARTS);
            shows(snapshot, "__consumer_offsets", "ls", "/image/topics/byName");
            shows(snapshot, "leader", "cat", "/image/topics/byName/__consumer_offsets/0");
            shows(snapshot, "1", "ls", "/image/cluster/brokers");
            shows(snapshot, "4.3", "cat", "/image/features/metadataVersion");
        }
    }

    /** The tool answers as soon as it has read something, which may be before it shows it: it has to be asked again then. */
    private static void shows(Path snapshot, String text, String... command) throws Exception {
        Checks.until(String.join(" ", command) + " shows " + text, () -> ask(snapshot, command).contains(text));
    }

    private static String ask(Path file, String... command) throws Exception {
        Tool.Run run = Tool.run(SHELL, Shell.with(new String[] {"--snapshot", file.toString()}, command));
        Checks.that(run.code() == 0, "kafka-metadata-shell exits with " + run.code() + ": " + run.out() + run.err());
        return run.out();
    }
}
