import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;

/** A request for each API of the transaction coordinator, at any of its versions. */
final class WireTransactions {
    private static final short INIT_VERSION = 5;
    private static final short ADD_VERSION = 3;
    private static final byte TRANSACTION = 1;

    private final Cluster cluster;
    private final String topic;

    WireTransactions(Cluster cluster, WireRequests requests) {
        this.cluster = cluster;
        topic = requests.topic;
    }

    void cases(Map<ApiKeys, WireChecks.Case> cases) {
        cases.put(ApiKeys.ADD_PARTITIONS_TO_TXN, (wire, v) -> add(wire, v, initialized(wire, "add-v" + v)));
        cases.put(ApiKeys.ADD_OFFSETS_TO_TXN, this::addOffsets);
        cases.put(ApiKeys.END_TXN, this::end);
        cases.put(ApiKeys.TXN_OFFSET_COMMIT, this::commitOffsets);
        cases.put(ApiKeys.DESCRIBE_TRANSACTIONS, this::describe);
        cases.put(ApiKeys.LIST_TRANSACTIONS, this::list);
    }

    private record Producer(String transactionalId, long id, short epoch) {}

    private Producer initialized(Wire wire, String name) throws Exception {
        String transactionalId = cluster.name(name);
        var find = new FindCoordinatorRequestData().setKeyType(TRANSACTION).setCoordinatorKeys(List.of(transactionalId));
        wire.ask((short) 6, find, Set.of(Errors.NONE));
        var request = new InitProducerIdRequestData().setTransactionalId(transactionalId).setTransactionTimeoutMs(10_000);
        var answer = (InitProducerIdResponseData) WireChecks.ok(wire, INIT_VERSION, request).data();
        return new Producer(transactionalId, answer.producerId(), answer.producerEpoch());
    }

    private AbstractResponse add(Wire wire, short version, Producer producer) throws Exception {
        var topics = new AddPartitionsToTxnTopicCollection();
        topics.add(new AddPartitionsToTxnTopic().setName(topic).setPartitions(List.of(0)));
        var request = new AddPartitionsToTxnRequestData();
        if (version >= 4) {
            request.transactions().add(new AddPartitionsToTxnTransaction().setTransactionalId(producer.transactionalId)
                .setProducerId(producer.id).setProducerEpoch(producer.epoch).setTopics(topics));
        } else {
            request.setV3AndBelowTransactionalId(producer.transactionalId).setV3AndBelowProducerId(producer.id)
                .setV3AndBelowProducerEpoch(producer.epoch).setV3AndBelowTopics(topics);
        }
        return WireChecks.ok(wire, version, request);
    }

    private AbstractResponse addOffsets(Wire wire, short version) throws Exception {
        return addOffsets(wire, version, initialized(wire, "offsets-v" + version));
    }

    private AbstractResponse addOffsets(Wire wire, short version, Producer producer) throws Exception {
        return WireChecks.ok(wire, version, new AddOffsetsToTxnRequestData().setTransactionalId(producer.transactionalId)
            .setProducerId(producer.id).setProducerEpoch(producer.epoch).setGroupId(cluster.name("group")));
    }

    private AbstractResponse commitOffsets(Wire wire, short version) throws Exception {
        Producer producer = initialized(wire, "commit-v" + version);
        if (version < 5) addOffsets(wire, ADD_VERSION, producer);
        var offset = new TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition().setPartitionIndex(0).setCommittedOffset(5);
        var response = WireChecks.ok(wire, version, new TxnOffsetCommitRequestData().setTransactionalId(producer.transactionalId)
            .setProducerId(producer.id).setProducerEpoch(producer.epoch).setGroupId(cluster.name("group")).setTopics(List.of(
                new TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic().setName(topic).setPartitions(List.of(offset)))));
        WireChecks.ok(wire, (short) 4, new EndTxnRequestData().setTransactionalId(producer.transactionalId)
            .setProducerId(producer.id).setProducerEpoch(producer.epoch).setCommitted(false));
        return response;
    }

    private AbstractResponse end(Wire wire, short version) throws Exception {
        Producer producer = initialized(wire, "end-v" + version);
        add(wire, ADD_VERSION, producer);
        var response = WireChecks.ok(wire, version, new EndTxnRequestData().setTransactionalId(producer.transactionalId)
            .setProducerId(producer.id).setProducerEpoch(producer.epoch).setCommitted(true));
        if (version < 5) return response;
        var answer = (EndTxnResponseData) response.data();
        Checks.equal(producer.id, answer.producerId(), "the producer id after the end");
        Checks.equal(producer.epoch + 1, (int) answer.producerEpoch(), "the epoch after the end");
        return response;
    }

    private AbstractResponse describe(Wire wire, short version) throws Exception {
        Producer producer = initialized(wire, "describe-v" + version);
        add(wire, ADD_VERSION, producer);
        var response = WireChecks.ok(wire, version, new DescribeTransactionsRequestData().setTransactionalIds(List.of(producer.transactionalId)));
        var state = ((DescribeTransactionsResponseData) response.data()).transactionStates().get(0);
        Checks.equal("Ongoing", state.transactionState(), "state");
        Checks.equal(List.of(0), state.topics().find(topic).partitions(), "partitions");
        return response;
    }

    private AbstractResponse list(Wire wire, short version) throws Exception {
        Producer producer = initialized(wire, "list-v" + version);
        var request = new ListTransactionsRequestData().setProducerIdFilters(List.of(producer.id)).setStateFilters(List.of("Empty"));
        if (version >= 1) request.setDurationFilter(1);
        if (version >= 2) request.setTransactionalIdPattern(".*");
        var response = WireChecks.ok(wire, version, request);
        var states = ((ListTransactionsResponseData) response.data()).transactionStates();
        Checks.equal(producer.transactionalId, states.get(0).transactionalId(), "the id that was listed");
        return response;
    }
}
