import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractResponse;

/** A request for each API about topics, records, configs and the cluster, at any of its versions. */
final class WireRequests {
    private static final byte TOPIC = ConfigResource.Type.TOPIC.id();
    private static final byte BROKER = ConfigResource.Type.BROKER.id();

    private final Cluster cluster;
    final String topic;
    final Uuid topicId;

    WireRequests(Cluster cluster) throws Exception {
        this.cluster = cluster;
        topic = cluster.topic("topic", 1);
        topicId = cluster.describe(topic).topicId();
        cluster.send(Cluster.numbered(topic, 0, 100), Map.of());
    }

    void cases(Map<ApiKeys, WireChecks.Case> cases) {
        cases.put(ApiKeys.PRODUCE, this::produce);
        cases.put(ApiKeys.FETCH, this::fetch);
        cases.put(ApiKeys.LIST_OFFSETS, this::listOffsets);
        cases.put(ApiKeys.METADATA, this::metadata);
        cases.put(ApiKeys.CREATE_TOPICS, this::createTopics);
        cases.put(ApiKeys.DELETE_TOPICS, this::deleteTopics);
        cases.put(ApiKeys.DELETE_RECORDS, (wire, v) -> WireChecks.ok(wire, v, new DeleteRecordsRequestData().setTimeoutMs(5000)
            .setTopics(List.of(new DeleteRecordsRequestData.DeleteRecordsTopic().setName(topic).setPartitions(List.of(
                new DeleteRecordsRequestData.DeleteRecordsPartition().setPartitionIndex(0).setOffset(1)))))));
        cases.put(ApiKeys.INIT_PRODUCER_ID, this::initProducerId);
        cases.put(ApiKeys.OFFSET_FOR_LEADER_EPOCH, this::offsetForLeaderEpoch);
        cases.put(ApiKeys.WRITE_TXN_MARKERS, this::writeTxnMarkers);
        cases.put(ApiKeys.DESCRIBE_CONFIGS, this::describeConfigs);
        cases.put(ApiKeys.ALTER_CONFIGS, (wire, v) -> WireChecks.ok(wire, v, new AlterConfigsRequestData().setResources(
            new AlterConfigsRequestData.AlterConfigsResourceCollection(List.of(new AlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(TOPIC).setResourceName(topic).setConfigs(new AlterConfigsRequestData.AlterableConfigCollection(List.of(
                    new AlterConfigsRequestData.AlterableConfig().setName("retention.ms").setValue("90000000")).iterator()))).iterator()))));
        cases.put(ApiKeys.INCREMENTAL_ALTER_CONFIGS, (wire, v) -> WireChecks.ok(wire, v, new IncrementalAlterConfigsRequestData().setResources(
            new IncrementalAlterConfigsRequestData.AlterConfigsResourceCollection(List.of(new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(TOPIC).setResourceName(topic).setConfigs(new IncrementalAlterConfigsRequestData.AlterableConfigCollection(List.of(
                    new IncrementalAlterConfigsRequestData.AlterableConfig().setName("segment.ms").setValue("90000000")).iterator()))).iterator()))));
        cases.put(ApiKeys.ALTER_REPLICA_LOG_DIRS, this::alterReplicaLogDirs);
        cases.put(ApiKeys.DESCRIBE_LOG_DIRS, (wire, v) -> WireChecks.ok(wire, v, new DescribeLogDirsRequestData().setTopics(null)));
        cases.put(ApiKeys.CREATE_PARTITIONS, this::createPartitions);
        cases.put(ApiKeys.DESCRIBE_QUORUM, (wire, v) -> WireChecks.ok(wire, v, new DescribeQuorumRequestData().setTopics(List.of(
            new DescribeQuorumRequestData.TopicData().setTopicName("__cluster_metadata").setPartitions(List.of(
                new DescribeQuorumRequestData.PartitionData().setPartitionIndex(0)))))));
        cases.put(ApiKeys.UPDATE_FEATURES, this::updateFeatures);
        cases.put(ApiKeys.DESCRIBE_CLUSTER, (wire, v) -> WireChecks.ok(wire, v, new DescribeClusterRequestData()));
        cases.put(ApiKeys.ELECT_LEADERS, this::electLeaders);
        cases.put(ApiKeys.ALTER_PARTITION_REASSIGNMENTS, (wire, v) -> wire.ask(v, new AlterPartitionReassignmentsRequestData().setTopics(List.of(
            new AlterPartitionReassignmentsRequestData.ReassignableTopic().setName(topic).setPartitions(List.of(
                new AlterPartitionReassignmentsRequestData.ReassignablePartition().setPartitionIndex(0).setReplicas(null))))),
            Set.of(Errors.NONE, Errors.NO_REASSIGNMENT_IN_PROGRESS)));
        cases.put(ApiKeys.LIST_PARTITION_REASSIGNMENTS, (wire, v) -> WireChecks.ok(wire, v, new ListPartitionReassignmentsRequestData().setTopics(null)));
        cases.put(ApiKeys.UNREGISTER_BROKER, (wire, v) -> wire.ask(v, new UnregisterBrokerRequestData().setBrokerId(7777), Set.of(Errors.BROKER_ID_NOT_REGISTERED)));
        cases.put(ApiKeys.DESCRIBE_PRODUCERS, (wire, v) -> WireChecks.ok(wire, v, new DescribeProducersRequestData().setTopics(List.of(
            new DescribeProducersRequestData.TopicRequest().setName(topic).setPartitionIndexes(List.of(0))))));
        cases.put(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, (wire, v) -> WireChecks.ok(wire, v, new DescribeTopicPartitionsRequestData().setTopics(List.of(
            new DescribeTopicPartitionsRequestData.TopicRequest().setName(topic)))));
    }

    private AbstractResponse produce(Wire wire, short version) throws Exception {
        var records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(("produced at v" + version).getBytes(StandardCharsets.UTF_8)));
        var data = new ProduceRequestData.TopicProduceData().setPartitionData(List.of(
            new ProduceRequestData.PartitionProduceData().setIndex(0).setRecords(records)));
        if (version >= 13) data.setTopicId(topicId);
        else data.setName(topic);
        var topics = new ProduceRequestData.TopicProduceDataCollection();
        topics.add(data);
        return WireChecks.ok(wire, version, new ProduceRequestData().setAcks((short) -1).setTimeoutMs(5000).setTopicData(topics));
    }

    private AbstractResponse fetch(Wire wire, short version) throws Exception {
        var data = new FetchRequestData.FetchTopic().setPartitions(List.of(
            new FetchRequestData.FetchPartition().setPartition(0).setFetchOffset(10).setPartitionMaxBytes(1_000_000)));
        if (version >= 13) data.setTopicId(topicId);
        else data.setTopic(topic);
        var request = new FetchRequestData().setMaxWaitMs(100).setMinBytes(1).setMaxBytes(1_000_000).setTopics(List.of(data));
        var response = WireChecks.ok(wire, version, request);
        var partition = ((FetchResponseData) response.data()).responses().get(0).partitions().get(0);
        Checks.that(partition.records().sizeInBytes() > 0, "Fetch v" + version + " gives records");
        Checks.that(partition.highWatermark() >= 100, "Fetch v" + version + " gives the high watermark");
        return response;
    }

    private AbstractResponse listOffsets(Wire wire, short version) throws Exception {
        AbstractResponse last = null;
        for (long time = version >= 11 ? -6 : version >= 9 ? -5 : version >= 8 ? -4 : version >= 7 ? -3 : -2; time < 1; time++) {
            last = WireChecks.ok(wire, version, new ListOffsetsRequestData().setReplicaId(-1).setTopics(List.of(
                new ListOffsetsRequestData.ListOffsetsTopic().setName(topic).setPartitions(List.of(
                    new ListOffsetsRequestData.ListOffsetsPartition().setPartitionIndex(0).setTimestamp(time))))));
        }
        return last;
    }

    private AbstractResponse metadata(Wire wire, short version) throws Exception {
        var byName = new MetadataRequestData.MetadataRequestTopic().setName(topic);
        var response = WireChecks.ok(wire, version, new MetadataRequestData().setTopics(List.of(byName)));
        Checks.equal(1, ((MetadataResponseData) response.data()).topics().find(topic).partitions().size(), "partitions");
        WireChecks.ok(wire, version, new MetadataRequestData().setTopics(version == 0 ? List.of() : null)); // all topics
        if (version < 12) return response;
        var byId = new MetadataRequestData.MetadataRequestTopic().setName(null).setTopicId(topicId);
        return WireChecks.ok(wire, version, new MetadataRequestData().setTopics(List.of(byId)));
    }

    private AbstractResponse createTopics(Wire wire, short version) throws Exception {
        var topics = new CreateTopicsRequestData.CreatableTopicCollection();
        topics.add(new CreateTopicsRequestData.CreatableTopic().setName(cluster.name("created-v" + version)).setNumPartitions(1).setReplicationFactor((short) 1));
        var request = new CreateTopicsRequestData().setTopics(topics).setTimeoutMs(5000);
        WireChecks.ok(wire, version, request);
        return wire.ask(version, request, Set.of(Errors.TOPIC_ALREADY_EXISTS));
    }

    private AbstractResponse deleteTopics(Wire wire, short version) throws Exception {
        String name = cluster.topic("deleted-v" + version, 1);
        var request = new DeleteTopicsRequestData().setTimeoutMs(5000);
        if (version < 6) request.setTopicNames(List.of(name));
        else request.setTopics(List.of(new DeleteTopicsRequestData.DeleteTopicState().setTopicId(cluster.describe(name).topicId())));
        return WireChecks.ok(wire, version, request);
    }

    private AbstractResponse alterReplicaLogDirs(Wire wire, short version) throws Exception {
        var topics = new AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopicCollection();
        topics.add(new AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopic().setName(topic).setPartitions(List.of(0)));
        var dirs = new AlterReplicaLogDirsRequestData.AlterReplicaLogDirCollection();
        dirs.add(new AlterReplicaLogDirsRequestData.AlterReplicaLogDir().setPath("/no/such/directory").setTopics(topics));
        return wire.ask(version, new AlterReplicaLogDirsRequestData().setDirs(dirs), Set.of(Errors.LOG_DIR_NOT_FOUND));
    }

    private AbstractResponse electLeaders(Wire wire, short version) throws Exception {
        var partitions = new ElectLeadersRequestData.TopicPartitionsCollection();
        partitions.add(new ElectLeadersRequestData.TopicPartitions().setTopic(topic).setPartitions(List.of(0)));
        var request = new ElectLeadersRequestData().setTopicPartitions(partitions).setTimeoutMs(5000);
        return wire.ask(version, request, Set.of(Errors.NONE, Errors.ELECTION_NOT_NEEDED));
    }

    private AbstractResponse initProducerId(Wire wire, short version) throws Exception {
        var response = WireChecks.ok(wire, version, new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(60_000));
        Checks.that(((InitProducerIdResponseData) response.data()).producerId() >= 0, "a producer id");
        return response;
    }

    private AbstractResponse offsetForLeaderEpoch(Wire wire, short version) throws Exception {
        var topics = new OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection();
        topics.add(new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic().setTopic(topic).setPartitions(List.of(
            new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition().setPartition(0).setLeaderEpoch(0))));
        return WireChecks.ok(wire, version, new OffsetForLeaderEpochRequestData().setReplicaId(-1).setTopics(topics));
    }

    private AbstractResponse writeTxnMarkers(Wire wire, short version) throws Exception {
        var marker = new WriteTxnMarkersRequestData.WritableTxnMarker().setProducerId(1_000_000L).setProducerEpoch(version)
            .setTransactionResult(false).setCoordinatorEpoch(0).setTransactionVersion((byte) (version >= 2 ? 2 : 0))
            .setTopics(List.of(new WriteTxnMarkersRequestData.WritableTxnMarkerTopic().setName(topic).setPartitionIndexes(List.of(0))));
        return WireChecks.ok(wire, version, new WriteTxnMarkersRequestData().setMarkers(List.of(marker)));
    }

    private AbstractResponse describeConfigs(Wire wire, short version) throws Exception {
        var request = new DescribeConfigsRequestData().setIncludeSynonyms(true).setIncludeDocumentation(version >= 3);
        return WireChecks.ok(wire, version, request.setResources(List.of(
            new DescribeConfigsRequestData.DescribeConfigsResource().setResourceType(TOPIC).setResourceName(topic).setConfigurationKeys(null),
            new DescribeConfigsRequestData.DescribeConfigsResource().setResourceType(BROKER).setResourceName("1").setConfigurationKeys(List.of("node.id")))));
    }

    private AbstractResponse createPartitions(Wire wire, short version) throws Exception {
        String name = cluster.topic("grows-v" + version, 1);
        var topics = new CreatePartitionsRequestData.CreatePartitionsTopicCollection();
        topics.add(new CreatePartitionsRequestData.CreatePartitionsTopic().setName(name).setCount(2).setAssignments(null));
        return WireChecks.ok(wire, version, new CreatePartitionsRequestData().setTopics(topics).setTimeoutMs(5000));
    }

    private AbstractResponse updateFeatures(Wire wire, short version) throws Exception {
        var updates = new UpdateFeaturesRequestData.FeatureUpdateKeyCollection();
        updates.add(new UpdateFeaturesRequestData.FeatureUpdateKey().setFeature("group.version").setMaxVersionLevel((short) 1));
        return WireChecks.ok(wire, version, new UpdateFeaturesRequestData().setTimeoutMs(5000).setFeatureUpdates(updates).setValidateOnly(version >= 1));
    }
}
