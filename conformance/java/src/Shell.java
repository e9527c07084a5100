import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Apache Kafka's command-line tools as an operator runs them against one cluster. */
final class Shell {
    private final Cluster cluster;

    Shell(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Runs a tool with --bootstrap-server set and expects it to end well. */
    String ok(String tool, String... args) throws Exception {
        Tool.Run run = any(tool, "", args);
        Checks.that(run.code() == 0, tool + " exits with " + run.code() + ": " + run.err() + run.out());
        return run.out();
    }

    /** Runs a tool that has to end with an error that says this. */
    void fails(String message, String tool, String... args) throws Exception {
        Tool.Run run = any(tool, "", args);
        Checks.that(run.code() != 0, tool + " ends well: " + run.out());
        has(run.out() + run.err(), message);
    }

    Tool.Run any(String tool, String input, String... args) throws Exception {
        return Tool.run(tool, input, with(new String[] {"--bootstrap-server", cluster.bootstrap}, args));
    }

    static void has(String output, String regex) {
        Checks.that(Pattern.compile(regex).matcher(output).find(), "no /" + regex + "/ in: " + output);
    }

    static String[] with(String[] first, String... second) {
        List<String> all = new ArrayList<>(Arrays.asList(first));
        all.addAll(Arrays.asList(second));
        return all.toArray(String[]::new);
    }
}
