import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Writes golden bytes with Apache Kafka's own classes, for the tests of this package; see generate.mjs.
 *
 * <pre>
 * Golden records FILE    batches of every kind, as gzipped lines of JSON
 * Golden messages FILE   every message at its lowest, a middle and its highest version, likewise
 * Golden verify          reads batches from the standard input, one in base64 on each line, checks
 *                        them as a consumer does, and prints their records as JSON
 * </pre>
 */
public class Golden {
    static final ObjectMapper MAPPER = new ObjectMapper();
    static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "records": writeLines(args[1], new GoldenRecords().all()); break;
            case "messages": writeLines(args[1], new GoldenMessages().all()); break;
            case "verify": verify(); break;
            default: throw new IllegalArgumentException(args[0]);
        }
    }

    static void writeLines(String file, List<ObjectNode> lines) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes) {{ def.setLevel(9); }}) {
            for (ObjectNode line : lines) {
                gzip.write(MAPPER.writeValueAsBytes(line));
                gzip.write('\n');
            }
        }
        Files.write(Path.of(file), bytes.toByteArray());
        System.out.println(file + ": " + lines.size() + " lines, " + bytes.size() + " bytes");
    }

    static void verify() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ByteBuffer buffer = ByteBuffer.wrap(Base64.getDecoder().decode(line.trim()));
            System.out.println(MAPPER.writeValueAsString(GoldenRecords.recordsOf(MemoryRecords.readableRecords(buffer))));
        }
    }

    static String base64(ByteBuffer buffer) {
        ByteBuffer copy = buffer.duplicate();
        byte[] bytes = new byte[copy.remaining()];
        copy.get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
