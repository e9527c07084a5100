import java.util.Set;
import java.util.TreeSet;

/** The kinds of records that a broker has written by the end of a run, as kafka-dump-log names them. */
final class RecordTypes {
    /** Offsets 1; groups of the classic protocol 2, the consumer protocol 3 to 8 and 16, share groups 10 to 15, streams groups 17 to 23. */
    static final Set<String> GROUPS = Set.of("1", "2", "3", "5", "6", "7", "8", "16", "10", "11", "12", "13", "14", "15",
        "17", "19", "20", "21", "22", "23");
    static final Set<String> TRANSACTIONS = Set.of("0");
    /** Snapshots and updates. */
    static final Set<String> SHARES = Set.of("0", "1");
    /** What a snapshot holds, and the log too. */
    static final Set<String> IMAGE = Set.of("REGISTER_BROKER_RECORD", "TOPIC_RECORD", "PARTITION_RECORD", "CONFIG_RECORD",
        "FEATURE_LEVEL_RECORD", "CLIENT_QUOTA_RECORD", "USER_SCRAM_CREDENTIAL_RECORD", "PRODUCER_IDS_RECORD");
    /** What only the log holds. */
    static final Set<String> CHANGES = Set.of("BROKER_REGISTRATION_CHANGE_RECORD", "REMOVE_TOPIC_RECORD", "REMOVE_USER_SCRAM_CREDENTIAL_RECORD");

    private RecordTypes() { }

    /** Fails unless all of these were found. */
    static void found(Set<String> found, Set<String> wanted) {
        Set<String> missing = new TreeSet<>(wanted);
        missing.removeAll(found);
        Checks.that(missing.isEmpty(), "no records of the types " + missing + " among " + found);
    }
}
