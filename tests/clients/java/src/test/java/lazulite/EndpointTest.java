package lazulite;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import com.microsoft.windowsazure.services.media.MediaContract;
import com.microsoft.windowsazure.services.media.implementation.content.StreamingEndpointCacheControlType;
import com.microsoft.windowsazure.services.media.models.EndPointType;
import com.microsoft.windowsazure.services.media.models.NotificationEndPoint;
import com.microsoft.windowsazure.services.media.models.NotificationEndPointInfo;
import com.microsoft.windowsazure.services.media.models.Operation;
import com.microsoft.windowsazure.services.media.models.OperationInfo;
import com.microsoft.windowsazure.services.media.models.OperationState;
import com.microsoft.windowsazure.services.media.models.StreamingEndpoint;
import com.microsoft.windowsazure.services.media.models.StreamingEndpointInfo;
import com.microsoft.windowsazure.services.media.models.StreamingEndpointState;
import java.util.List;
import org.junit.Test;

/** StreamingEndpoint with its long-running Operation, and NotificationEndPoint. */
public class EndpointTest {
    private final MediaContract service;

    public EndpointTest() throws Exception {
        service = Service.connect();
    }

    @Test
    public void anEndpointIsCreatedStartedScaledChangedStoppedAndDeleted() throws Exception {
        StreamingEndpointCacheControlType cache = new StreamingEndpointCacheControlType();
        cache.setMaxAge(30);
        StreamingEndpointInfo made = service.create(StreamingEndpoint.create().setName("java").setDescription("by Java").setScaleUnits(1).setCacheControl(cache));
        assertTrue(made.hasOperationIdentifier());
        awaitOperation(made.getOperationId(), made.getId());
        assertEquals(StreamingEndpointState.Stopped, made.getState());
        assertEquals(1, made.getScaleUnits());
        assertTrue(made.getHostName(), made.getHostName().startsWith("java-clients.streaming."));

        awaitOperation(service.action(StreamingEndpoint.start(made.getId())), made.getId());
        assertEquals(StreamingEndpointState.Running, service.get(StreamingEndpoint.get(made.getId())).getState());
        awaitOperation(service.action(StreamingEndpoint.scale(made.getId(), 2)), made.getId());
        assertEquals(2, service.get(StreamingEndpoint.get(made.getId())).getScaleUnits());
        awaitOperation(service.update(StreamingEndpoint.update(made).setDescription("changed").setCustomHostNames(List.of("java.example.org"))), made.getId());
        // The SDK writes host names as CustomHostName elements and looks for such, but the service writes "element" as for every collection.
        assertEquals("changed", service.get(StreamingEndpoint.get(made.getId())).getDescription());

        Service.assertRefused(400, () -> service.delete(StreamingEndpoint.delete(made.getId())));
        awaitOperation(service.action(StreamingEndpoint.stop(made.getId())), made.getId());
        awaitOperation(service.delete(StreamingEndpoint.delete(made.getId())), made.getId());
        Service.assertRefused(404, () -> service.get(StreamingEndpoint.get(made.getId())));
    }

    @Test
    public void aNotificationEndPointIsCreatedFoundRenamedAndDeleted() throws Exception {
        NotificationEndPointInfo made = service.create(NotificationEndPoint.create("java end point", EndPointType.AzureQueue, "java-events"));
        assertEquals("java-events", made.getEndPointAddress());
        assertEquals(EndPointType.AzureQueue, made.getEndPointType());
        assertNotNull(made.getCreated());
        service.update(NotificationEndPoint.update(made.getId()).setName("java renamed"));
        assertEquals("java renamed", service.get(NotificationEndPoint.get(made.getId())).getName());
        assertEquals(1, service.list(NotificationEndPoint.list().set("$filter", "Name eq 'java renamed'")).size());
        service.delete(NotificationEndPoint.delete(made.getId()));
        Service.assertRefused(404, () -> service.get(NotificationEndPoint.get(made.getId())));
    }

    private void awaitOperation(String id, String target) throws Exception {
        long deadline = System.currentTimeMillis() + 30_000;
        for (;;) {
            OperationInfo operation = service.get(Operation.get(id));
            assertEquals(target, operation.getTargetEntityId());
            if (operation.getState() != OperationState.InProgress) {
                assertEquals(operation.getErrorMessage(), OperationState.Succeeded, operation.getState());
                return;
            }
            assertTrue("the operation is still in progress", System.currentTimeMillis() < deadline);
            Thread.sleep(50);
        }
    }
}
