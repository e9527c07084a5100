import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Runs checks one after another and prints a JSON line for each of them. */
final class Checks {
    interface Body {
        void run() throws Exception;
    }

    /** The process's own stdout, whatever System.out is set to meanwhile. */
    private final PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    private final String match;

    Checks(String match) {
        this.match = match;
    }

    void check(String name, Body body) {
        if (!name.contains(match)) return;
        long start = System.nanoTime();
        String error = null;
        try {
            body.run();
        } catch (Throwable e) {
            error = describe(e);
            e.printStackTrace();
        }
        long ms = (System.nanoTime() - start) / 1_000_000;
        out.println("{\"check\": " + quote(name) + ", \"ok\": " + (error == null) + ", \"ms\": " + ms
            + (error == null ? "" : ", \"error\": " + quote(error)) + "}");
    }

    void version(String text) {
        out.println("{\"version\": " + quote(text) + "}");
    }

    void progress(long count) {
        out.println("{\"progress\": " + count + "}");
    }

    void done() {
        out.println("{\"done\": true}");
    }

    static void that(boolean condition, String otherwise) {
        if (!condition) throw new AssertionError(otherwise);
    }

    static void equal(Object expected, Object actual, String what) {
        that(Objects.equals(expected, actual), what + ": expected " + expected + ", got " + actual);
    }

    /** Fails unless the body ends with an exception of this type, itself or as the cause. */
    static void fails(Class<? extends Throwable> type, Body body) throws Exception {
        try {
            body.run();
        } catch (Exception e) {
            Throwable cause = e;
            while (cause != null && !type.isInstance(cause)) cause = cause.getCause();
            if (cause == null) throw new AssertionError("expected " + type.getSimpleName() + ", got " + describe(e), e);
            return;
        }
        throw new AssertionError("expected " + type.getSimpleName() + ", but nothing failed");
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    static void until(String what, Condition condition) throws Exception {
        long deadline = System.currentTimeMillis() + 30_000;
        while (!condition.holds()) {
            that(System.currentTimeMillis() < deadline, "waited 30 s in vain until " + what);
            Thread.sleep(10);
        }
    }

    private static String describe(Throwable e) {
        StringBuilder text = new StringBuilder(String.valueOf(e));
        for (Throwable c = e.getCause(); c != null; c = c.getCause()) text.append(" <- ").append(c);
        return text.toString();
    }

    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') quoted.append('\\').append(c);
            else if (c < 32) quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }
}
