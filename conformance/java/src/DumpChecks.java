import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** kafka-dump-log over all files of a log directory: it has to end well and to complain of nothing. */
final class DumpChecks {
    private static final String DUMP_LOG = "org.apache.kafka.tools.DumpLogSegments";
    /** What the tool says among its output; the lines of records matter only where it decodes them. */
    private static final List<String> COMPLAINTS = List.of("isvalid: false", " invalid bytes at the end of ");
    private static final List<String> DECODING_COMPLAINTS = List.of(", skipping.");
    private static final int FILES_AT_ONCE = 100;
    /** Where the tool says what a record is: coordinators' records in their keys, those of the metadata log in their payloads. */
    private static final Pattern TYPE = Pattern.compile(" (?:key|payload): \\{\"type\":\"(\\w+)\"");

    private final Path dataDir;
    /** Files whose first record the tool misses a predecessor of: it expects every file to start at 0. */
    private Path nonConsecutiveFile;
    private final Set<String> cleaned;
    private final Set<String> types = new TreeSet<>();

    private DumpChecks(Path dataDir) throws IOException {
        this.dataDir = dataDir;
        cleaned = cleaned(dataDir);
    }

    /**
     * DATA-DIRECTORY MATCH [LABEL [WRITTEN]]: `running` is what is left by the suites of the clients and tools, and
     * `exchange` by that suite; then each decoder has to see every type of record.
     */
    static void run(String[] args) throws Exception {
        Tool.capture();
        Checks checks = new Checks(args[1]);
        checks.version(org.apache.kafka.common.utils.AppInfoParser.getVersion());
        new DumpChecks(Path.of(args[0])).run(checks, args.length > 2 ? args[2] : "", args.length > 3 ? args[3] : "");
        checks.done();
    }

    private void run(Checks checks, String label, String written) {
        Predicate<Path> offsets = in("__consumer_offsets"), metadata = in("__cluster_metadata");
        Predicate<Path> transactions = in("__transaction_state"), shares = in("__share_group_state");
        Predicate<Path> log = ends(".log");
        Predicate<Path> records = log.and(metadata.negate()).and(offsets.negate()).and(transactions.negate()).and(shares.negate());
        boolean running = written.equals("running"), exchanged = written.equals("exchange"), rich = running || exchanged;
        checks.check(label + "segments", () -> all(true, records, "--print-data-log", "--deep-iteration"));
        checks.check(label + "offsets topic", () -> decode(log.and(offsets), "--offsets-decoder", rich ? RecordTypes.GROUPS : Set.of()));
        checks.check(label + "transaction topic", () ->
            decode(log.and(transactions), "--transaction-log-decoder", rich ? RecordTypes.TRANSACTIONS : Set.of()));
        checks.check(label + "share group topic", () -> decode(log.and(shares), "--share-group-state-decoder", rich ? RecordTypes.SHARES : Set.of()));
        checks.check(label + "metadata log", () -> {
            decode(log.and(metadata), "--cluster-metadata-decoder", running ? RecordTypes.IMAGE : exchanged ? Set.of("PARTITION_CHANGE_RECORD") : Set.of());
            if (running) RecordTypes.found(types, RecordTypes.CHANGES);
        });
        checks.check(label + "metadata snapshots", () ->
            decode(ends(".checkpoint"), "--cluster-metadata-decoder", exchanged ? RecordTypes.IMAGE : Set.of("FEATURE_LEVEL_RECORD")));
        var shell = new MetadataShellChecks(dataDir);
        if (running) checks.check(label + "kafka-metadata-shell on the log", shell::log);
        if (exchanged) checks.check(label + "kafka-metadata-shell on a snapshot", shell::latestSnapshot);
        for (String suffix : List.of(".index", ".timeindex")) {
            checks.check(label + suffix + " sanity", () -> all(true, ends(suffix), "--index-sanity-check"));
            checks.check(label + suffix + " against the log", () -> all(true, ends(suffix), "--verify-index-only"));
        }
        checks.check(label + ".txnindex", () -> all(false, ends(".txnindex")));
        checks.check(label + "producer snapshots", () -> all(true, ends(".snapshot")));
    }

    /** Every type of record that is wanted has to be among what the decoder shows. */
    private void decode(Predicate<Path> files, String decoder, Set<String> wanted) throws Exception {
        types.clear();
        all(!wanted.isEmpty(), files, decoder);
        RecordTypes.found(types, wanted);
    }

    private static Predicate<Path> ends(String suffix) {
        return path -> path.getFileName().toString().endsWith(suffix);
    }

    private static Predicate<Path> in(String topic) {
        return path -> path.getParent().getFileName().toString().matches(Pattern.quote(topic) + "-\\d+");
    }

    private void all(boolean some, Predicate<Path> wanted, String... options) throws Exception {
        List<Path> files;
        try (var walk = Files.walk(dataDir)) {
            files = walk.filter(Files::isRegularFile).filter(wanted).filter(this::servedByBroker).sorted().toList();
        }
        Checks.that(!some || !files.isEmpty(), "there are no such files in " + dataDir);
        Set<String> complaints = new LinkedHashSet<>();
        for (int from = 0; from < files.size(); from += FILES_AT_ONCE) {
            dump(files.subList(from, Math.min(from + FILES_AT_ONCE, files.size())), options, complaints);
        }
        Checks.that(complaints.isEmpty(), String.join("\n", complaints.stream().limit(20).toList()));
    }

    /** Partitions that wait for their deletion are not part of the log any more. */
    private boolean servedByBroker(Path file) {
        return !file.getParent().getFileName().toString().endsWith("-delete");
    }

    private void dump(List<Path> files, String[] options, Set<String> complaints) throws Exception {
        List<String> args = new ArrayList<>(List.of("--files", String.join(",", files.stream().map(Path::toString).toList())));
        args.addAll(List.of(options));
        String[] current = {""};
        boolean decodes = options.length > 0 && options[0].endsWith("-decoder");
        nonConsecutiveFile = null;
        OutputStream out = Tool.lines(line -> {
            if (line.startsWith("Dumping ")) current[0] = line;
            boolean record = line.startsWith("|");
            if (record && !decodes) return;
            if (record) TYPE.matcher(line).results().forEach(found -> types.add(found.group(1)));
            List<String> bad = record ? DECODING_COMPLAINTS : COMPLAINTS;
            if (bad.stream().anyMatch(line::contains)) complaints.add(current[0] + ": " + line.substring(0, Math.min(300, line.length())));
        });
        OutputStream err = Tool.lines(line -> {
            if (!expected(line)) complaints.add(line);
        });
        int code = Tool.run(DUMP_LOG, "", args.toArray(String[]::new), out, err);
        if (code != 0) complaints.add("kafka-dump-log exits with " + code + " after " + current[0]);
    }

    private boolean expected(String line) {
        Matcher heading = Pattern.compile("Non-consecutive offsets in (.*)").matcher(line);
        if (heading.matches()) {
            nonConsecutiveFile = Path.of(heading.group(1));
            return true;
        }
        Matcher pair = Pattern.compile("  (-?\\d+) is followed by (\\d+)").matcher(line);
        if (!pair.matches() || nonConsecutiveFile == null) return false;
        long last = Long.parseLong(pair.group(1)), next = Long.parseLong(pair.group(2));
        if (cleaned.contains(nonConsecutiveFile.getParent().getFileName().toString())) return next > last;
        long base = Long.parseLong(nonConsecutiveFile.getFileName().toString().split("[.-]")[0]);
        return last == -1 && next == base;
    }

    /** Directories of the partitions that a cleaner has been through: they miss offsets. */
    private static Set<String> cleaned(Path dataDir) throws IOException {
        Path checkpoint = dataDir.resolve("cleaner-offset-checkpoint");
        if (!Files.exists(checkpoint)) return Set.of();
        return Files.readAllLines(checkpoint).stream().skip(2).map(line -> line.split(" "))
            .map(fields -> fields[0] + "-" + fields[1]).collect(Collectors.toSet());
    }
}
