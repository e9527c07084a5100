import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Exit;

/** Runs a command-line tool's main method inside this JVM, with its output and its exit code. */
final class Tool {
    /** What one run gave. */
    record Run(int code, String out, String err) { }

    private static final class Exited extends RuntimeException {
        Exited(int code) {
            super("exit " + code, null, false, false);
        }
    }

    /** A stream that can be pointed elsewhere after others have got hold of it (Scala's Console does). */
    private static final class Switch extends OutputStream {
        private volatile OutputStream target;

        Switch(OutputStream target) {
            this.target = target;
        }

        @Override
        public void write(int b) throws java.io.IOException {
            target.write(b);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws java.io.IOException {
            target.write(bytes, from, count);
        }
    }

    /** The exit code that the running tool asked for first: some catch the exception that stands for it. */
    private static Integer exitCode;
    private static final List<Runnable> shutdownHooks = new ArrayList<>();
    private static final OutputStream realErr = new FileOutputStream(FileDescriptor.err);
    private static final Switch out = new Switch(realErr);
    private static final Switch err = new Switch(realErr);

    private Tool() { }

    /** Takes over stdout, stderr and exits; to be called before any tool is loaded. */
    static void capture() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        Exit.setExitProcedure((code, message) -> exit(code));
        Exit.setHaltProcedure((code, message) -> exit(code));
        Exit.setShutdownHookAdder((name, hook) -> shutdownHooks.add(hook));
    }

    private static void exit(int code) {
        if (exitCode == null) exitCode = code;
        throw new Exited(code);
    }

    static Run run(String mainClass, String... args) throws Exception {
        return run(mainClass, "", args);
    }

    static Run run(String mainClass, String input, String[] args) throws Exception {
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        int code = run(mainClass, input, args, outBytes, errBytes);
        return new Run(code, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
    }

    /** Runs a tool in a JVM of its own, for those that end in a shutdown hook of the real process. */
    static Run process(String mainClass, String... args) throws Exception {
        Process process = start(mainClass, args);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output, "");
    }

    /** Starts a tool in a JVM of its own; what it says on either output comes from its input stream. */
    static Process start(String mainClass, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx256m",
            "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
            "-Dlog4j2.configurationFile=" + System.getProperty("log4j2.configurationFile"), mainClass));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return process;
    }

    /** Runs a tool whose outputs are too large to keep: each goes to a stream. */
    static int run(String mainClass, String input, String[] args, OutputStream toOut, OutputStream toErr) throws Exception {
        InputStream stdin = System.in;
        out.target = toOut;
        err.target = toErr;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        exitCode = null;
        shutdownHooks.clear();
        try {
            Class.forName(mainClass).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (java.lang.reflect.InvocationTargetException e) {
            if (exitCode == null) {
                e.getCause().printStackTrace();
                exitCode = 1; // as the JVM ends when main throws
            }
        } finally {
            shutdownHooks.forEach(Runnable::run);
            System.out.flush();
            System.err.flush();
            out.target = realErr;
            err.target = realErr;
            System.setIn(stdin);
        }
        return exitCode == null ? 0 : exitCode;
    }

    /** Feeds each line to the consumer and keeps nothing. */
    static OutputStream lines(Consumer<String> consumer) {
        return new OutputStream() {
            private final ByteArrayOutputStream line = new ByteArrayOutputStream();

            @Override
            public void write(int b) {
                if (b != '\n') line.write(b);
                else end();
            }

            @Override
            public void write(byte[] bytes, int from, int count) {
                int start = from;
                for (int i = from; i < from + count; i++) {
                    if (bytes[i] != '\n') continue;
                    line.write(bytes, start, i - start);
                    end();
                    start = i + 1;
                }
                line.write(bytes, start, from + count - start);
            }

            private void end() {
                consumer.accept(line.toString(StandardCharsets.UTF_8));
                line.reset();
            }
        };
    }
}
