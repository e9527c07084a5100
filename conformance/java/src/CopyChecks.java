import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** A long copy in transactions while the broker under it is killed: the output has to equal the input. */
final class CopyChecks {
    private static final int RECORDS = 100_000;
    private static final int TRANSACTION = 750;
    private static final int PARTITIONS = 4;

    private final Cluster cluster;
    private final Checks checks;
    private final String label;

    private CopyChecks(Cluster cluster, Checks checks, String label) {
        this.cluster = cluster;
        this.checks = checks;
        this.label = label;
    }

    /** BOOTSTRAP LABEL: prints `{"progress": N}` for each transaction that ended, after N records in all. */
    static void run(String[] args) throws Exception {
        Checks checks = new Checks("");
        try (Cluster cluster = new Cluster(args[0], "copy")) {
            new CopyChecks(cluster, checks, args[1]).run();
        }
        checks.done();
    }

    private void run() throws Exception {
        String input = cluster.topic("input", PARTITIONS);
        String output = cluster.topic("output", PARTITIONS, Map.of("segment.bytes", "1048576"));
        cluster.send(Cluster.numbered(input, 0, RECORDS), Map.of("linger.ms", 5));
        checks.check(label + ": copies " + RECORDS + " records in transactions of " + TRANSACTION, () -> {
            try (var copier = new TransactionalCopier(cluster, input, output, TRANSACTION, 4711)) {
                copier.copy(RECORDS, checks::progress);
                Checks.that(copier.aborted > 5, "only " + copier.aborted + " transactions were aborted on purpose");
                System.err.println(copier.aborted + " aborted, " + copier.failures + " failed");
            }
        });
        checks.check(label + ": the output is the input, once and in order", () -> {
            for (var partition : Cluster.partitions(input, PARTITIONS)) {
                var expected = cluster.values(partition, "read_uncommitted");
                var copied = cluster.values(new TopicPartition(output, partition.partition()), "read_committed");
                Checks.equal(expected.size(), copied.size(), "records of partition " + partition.partition());
                Checks.that(expected.equals(copied), "partition " + partition.partition() + " is not in order");
            }
        });
        checks.check(label + ": no transaction is left open", () -> Checks.until("all are decided", () ->
            cluster.admin.listTransactions().all().get().stream()
                .noneMatch(listing -> listing.transactionalId().startsWith(input)
                    && !listing.state().toString().startsWith("Complete"))));
    }
}
