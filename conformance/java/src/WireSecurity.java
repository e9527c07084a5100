import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.AlterClientQuotasRequestData;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.message.CreateAclsRequestData;
import org.apache.kafka.common.message.CreateDelegationTokenRequestData;
import org.apache.kafka.common.message.DeleteAclsRequestData;
import org.apache.kafka.common.message.DescribeAclsRequestData;
import org.apache.kafka.common.message.DescribeClientQuotasRequestData;
import org.apache.kafka.common.message.DescribeDelegationTokenRequestData;
import org.apache.kafka.common.message.DescribeUserScramCredentialsRequestData;
import org.apache.kafka.common.message.ExpireDelegationTokenRequestData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.RenewDelegationTokenRequestData;
import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** A request for each API about who may do what and how much, on a broker without security. */
final class WireSecurity {
    private static final byte TOPIC = 2;
    private static final byte ANY = 1;
    private static final byte READ = 3;
    private static final byte ALLOW = 3;

    void cases(Map<ApiKeys, WireChecks.Case> cases) {
        refused(cases, Errors.ILLEGAL_SASL_STATE, new SaslHandshakeRequestData().setMechanism("PLAIN"));
        refused(cases, Errors.ILLEGAL_SASL_STATE, new SaslAuthenticateRequestData().setAuthBytes(new byte[] {1}));
        refused(cases, Errors.SECURITY_DISABLED, new DescribeAclsRequestData().setResourceTypeFilter(TOPIC).setOperation(ANY).setPermissionType(ANY));
        refused(cases, Errors.SECURITY_DISABLED, new CreateAclsRequestData().setCreations(List.of(new CreateAclsRequestData.AclCreation()
            .setResourceType(TOPIC).setResourceName("t").setPrincipal("User:a").setHost("*").setOperation(READ).setPermissionType(ALLOW))));
        refused(cases, Errors.SECURITY_DISABLED, new DeleteAclsRequestData().setFilters(List.of(new DeleteAclsRequestData.DeleteAclsFilter()
            .setResourceTypeFilter(TOPIC).setOperation(ANY).setPermissionType(ANY))));
        refused(cases, Errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, new CreateDelegationTokenRequestData());
        refused(cases, Errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, new RenewDelegationTokenRequestData().setHmac(new byte[] {1}));
        refused(cases, Errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, new ExpireDelegationTokenRequestData().setHmac(new byte[] {1}));
        refused(cases, Errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, new DescribeDelegationTokenRequestData());
        refused(cases, Errors.INCONSISTENT_CLUSTER_ID, new AddRaftVoterRequestData().setClusterId("another").setTimeoutMs(5000)
            .setVoterId(7).setVoterDirectoryId(Uuid.randomUuid()).setListeners(new AddRaftVoterRequestData.ListenerCollection(List.of(
                new AddRaftVoterRequestData.Listener().setName("CONTROLLER").setHost("localhost").setPort(1)).iterator())));
        refused(cases, Errors.INCONSISTENT_CLUSTER_ID, new RemoveRaftVoterRequestData().setClusterId("another")
            .setVoterId(7).setVoterDirectoryId(Uuid.randomUuid()));
        cases.put(ApiKeys.ALTER_CLIENT_QUOTAS, (wire, v) -> WireChecks.ok(wire, v, new AlterClientQuotasRequestData().setEntries(List.of(
            new AlterClientQuotasRequestData.EntryData()
                .setEntity(List.of(new AlterClientQuotasRequestData.EntityData().setEntityType("user").setEntityName("wire-" + v)))
                .setOps(List.of(new AlterClientQuotasRequestData.OpData().setKey("request_percentage").setValue(12.5)))))));
        cases.put(ApiKeys.DESCRIBE_CLIENT_QUOTAS, (wire, v) -> WireChecks.ok(wire, v, new DescribeClientQuotasRequestData().setComponents(List.of(
            new DescribeClientQuotasRequestData.ComponentData().setEntityType("user").setMatchType((byte) 2).setMatch(null)))));
        cases.put(ApiKeys.DESCRIBE_USER_SCRAM_CREDENTIALS, (wire, v) -> WireChecks.ok(wire, v, new DescribeUserScramCredentialsRequestData().setUsers(null)));
        cases.put(ApiKeys.ALTER_USER_SCRAM_CREDENTIALS, (wire, v) -> WireChecks.ok(wire, v, new AlterUserScramCredentialsRequestData().setUpsertions(List.of(
            new AlterUserScramCredentialsRequestData.ScramCredentialUpsertion().setName("wire").setMechanism((byte) 1).setIterations(4096)
                .setSalt(new byte[] {1, 2}).setSaltedPassword(new byte[] {3, 4})))));
        cases.put(ApiKeys.LIST_CONFIG_RESOURCES, (wire, v) -> WireChecks.ok(wire, v, new ListConfigResourcesRequestData()));
    }

    private static void refused(Map<ApiKeys, WireChecks.Case> cases, Errors error, ApiMessage request) {
        cases.put(ApiKeys.forId(request.apiKey()), (wire, version) -> {
            var response = wire.ask(version, request);
            Checks.equal(Set.of(error), response.errorCounts().keySet(), "errors of " + response);
            return response;
        });
    }
}
