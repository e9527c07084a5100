import java.util.Arrays;
import org.apache.kafka.common.utils.AppInfoParser;

/** `Driver MODE ARGUMENTS...`: Apache Kafka's own clients and tools, pointed at a broker. */
final class Driver {
    public static void main(String[] args) throws Exception {
        String[] rest = Arrays.copyOfRange(args, 1, args.length);
        switch (args[0]) {
            case "clients" -> clients(rest);
            case "tools" -> tools(rest);
            case "wire" -> wire(rest);
            case "dump" -> DumpChecks.run(rest);
            case "exchange" -> Exchange.run(rest);
            case "copy" -> CopyChecks.run(rest);
            case "log-dirs" -> LogDirChecks.run(rest);
            default -> throw new IllegalArgumentException("unknown mode " + args[0]);
        }
        System.exit(0); // tools leave threads behind
    }

    private static void clients(String[] args) throws Exception {
        Checks checks = new Checks(args.length > 2 ? args[2] : "");
        checks.version(AppInfoParser.getVersion());
        try (Cluster cluster = new Cluster(args[0], args[1])) {
            new RecordChecks(checks, cluster).run();
            new GroupChecks(checks, cluster).run();
            new ConsumerGroupChecks(checks, cluster).run();
            new ShareChecks(checks, cluster).run();
            new ExactlyOnceChecks(checks, cluster).run();
            new StreamsChecks(checks, cluster).run();
            new AdminChecks(checks, cluster).run();
            new ErrorChecks(checks, cluster).run();
        }
        checks.done();
    }

    private static void tools(String[] args) throws Exception {
        Checks checks = new Checks(args.length > 2 ? args[2] : "");
        checks.version(AppInfoParser.getVersion());
        Tool.capture();
        try (Cluster cluster = new Cluster(args[0], args[1])) {
            new ToolChecks(checks, cluster).run();
            new OperatorChecks(checks, cluster).run();
            new ShareToolChecks(checks, cluster).run();
            new StreamsToolChecks(checks, cluster).run();
            new HangingTransactionChecks(checks, cluster).run();
            new SystemTestToolChecks(checks, cluster).run();
        }
        checks.done();
    }

    private static void wire(String[] args) throws Exception {
        Checks checks = new Checks(args.length > 2 ? args[2] : "");
        checks.version(AppInfoParser.getVersion());
        try (Cluster cluster = new Cluster(args[0], args[1])) {
            new WireChecks(checks, cluster).run();
        }
        checks.done();
    }
}
