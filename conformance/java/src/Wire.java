import java.io.DataInputStream;
import java.io.EOFException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractResponse;

/** One connection that sends single requests of a chosen version, and reads every byte of the answers. */
final class Wire implements AutoCloseable {
    private static final Set<Errors> LOADING =
        Set.of(Errors.NOT_COORDINATOR, Errors.COORDINATOR_LOAD_IN_PROGRESS, Errors.COORDINATOR_NOT_AVAILABLE);

    private final Socket socket;
    private final DataInputStream in;
    private int correlationId;

    Wire(String bootstrap) throws Exception {
        int colon = bootstrap.lastIndexOf(':');
        socket = new Socket(bootstrap.substring(0, colon), Integer.parseInt(bootstrap.substring(colon + 1)));
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
    }

    /** Sends the request; its answer has to be exactly one message of that version. */
    AbstractResponse ask(short version, ApiMessage request) throws Exception {
        ApiKeys api = ApiKeys.forId(request.apiKey());
        ByteBuffer answer = exchange(api, version, request);
        ByteBufferAccessor reader = new ByteBufferAccessor(answer);
        new ResponseHeaderData(reader, api.responseHeaderVersion(version));
        AbstractResponse response = AbstractResponse.parseResponse(api, reader, version);
        Checks.equal(0, answer.remaining(), api.name + " v" + version + ": bytes after the answer");
        return response;
    }

    /** The same, and no errors are in the answer but the allowed ones; a coordinator that loads is asked again. */
    AbstractResponse ask(short version, ApiMessage request, Set<Errors> allowed) throws Exception {
        AbstractResponse response = ask(version, request);
        for (int i = 0; i < 100 && !Collections.disjoint(response.errorCounts().keySet(), LOADING); i++) {
            Thread.sleep(100);
            response = ask(version, request);
        }
        Map<Errors, Integer> errors = new TreeMap<>(response.errorCounts());
        errors.keySet().removeAll(allowed);
        Checks.that(errors.isEmpty(), ApiKeys.forId(request.apiKey()).name + " v" + version + " answers " + response);
        return response;
    }

    private ByteBuffer exchange(ApiKeys api, short version, ApiMessage request) throws Exception {
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, version).buffer();
        return exchange(api.id, version, api.requestHeaderVersion(version), body);
    }

    /** Gives the whole answer from its header on, with its correlation id checked. */
    ByteBuffer exchange(short api, short version, short headerVersion, ByteBuffer body) throws Exception {
        RequestHeaderData header = new RequestHeaderData().setRequestApiKey(api).setRequestApiVersion(version)
            .setCorrelationId(++correlationId).setClientId("wire");
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header, headerVersion).buffer();
        ByteBuffer frame = ByteBuffer.allocate(4 + head.remaining() + body.remaining());
        frame.putInt(head.remaining() + body.remaining()).put(head).put(body);
        socket.getOutputStream().write(frame.array());
        String what = "API " + api + " v" + version;
        try {
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            ByteBuffer answer = ByteBuffer.wrap(bytes);
            Checks.equal(correlationId, answer.getInt(0), what + ": correlation id");
            return answer;
        } catch (EOFException e) {
            throw new AssertionError(what + ": the connection was closed", e);
        }
    }

    ApiVersionsResponseData apiVersions(short version) throws Exception {
        var request = new ApiVersionsRequestData().setClientSoftwareName("wire").setClientSoftwareVersion("1");
        return (ApiVersionsResponseData) ask(version, request).data();
    }

    @Override
    public void close() throws Exception {
        socket.close();
    }
}
