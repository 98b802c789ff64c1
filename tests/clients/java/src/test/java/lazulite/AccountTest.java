package lazulite;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import com.microsoft.windowsazure.services.media.MediaContract;
import com.microsoft.windowsazure.services.media.models.EncodingReservedUnit;
import com.microsoft.windowsazure.services.media.models.EncodingReservedUnitInfo;
import com.microsoft.windowsazure.services.media.models.MediaProcessor;
import com.microsoft.windowsazure.services.media.models.MediaProcessorInfo;
import com.microsoft.windowsazure.services.media.models.StorageAccountInfo;
import com.microsoft.windowsazure.services.media.models.StorageAccounts;
import com.microsoft.windowsazure.services.media.models.StreamingEndpoint;
import com.microsoft.windowsazure.services.media.models.StreamingEndpointInfo;
import com.microsoft.windowsazure.services.media.models.StreamingEndpointState;
import java.util.List;
import org.junit.Test;

/** What belongs to the account: MediaProcessor, StorageAccounts, EncodingReservedUnit, StreamingEndpoint. */
public class AccountTest {
    private final MediaContract service;

    public AccountTest() throws Exception {
        service = Service.connect();
    }

    @Test
    public void processorsAreListedAndFoundByName() throws Exception {
        List<MediaProcessorInfo> found = service.list(MediaProcessor.list().set("$filter", "Name eq 'Media Encoder Standard'"));
        assertEquals(1, found.size());
        assertNotNull(found.get(0).getVersion());
        assertTrue(service.list(MediaProcessor.list()).size() > 1);
    }

    @Test
    public void oneStorageAccountIsTheDefault() throws Exception {
        assertEquals(1, service.list(StorageAccounts.list()).stream().filter(StorageAccountInfo::isDefault).count());
    }

    @Test
    public void reservedUnitsAreReadAndChanged() throws Exception {
        EncodingReservedUnitInfo units = service.get(EncodingReservedUnit.get());
        assertFalse(units.getAccountId().isEmpty());
        int wanted = units.getCurrentReservedUnits() + 1;
        service.update(EncodingReservedUnit.update(units).setReservedUnitType(units.getReservedUnitType()).setCurrentReservedUnits(wanted));
        assertEquals(wanted, service.get(EncodingReservedUnit.get()).getCurrentReservedUnits());
        service.update(EncodingReservedUnit.update(units).setReservedUnitType(units.getReservedUnitType()).setCurrentReservedUnits(wanted - 1));
    }

    @Test
    public void theDefaultStreamingEndpointRuns() throws Exception {
        List<StreamingEndpointInfo> found = service.list(StreamingEndpoint.list().set("$filter", "Name eq 'default'"));
        assertEquals(1, found.size());
        assertEquals(StreamingEndpointState.Running, found.get(0).getState());
        assertNotNull(found.get(0).getHostName());
        assertEquals("default", service.get(StreamingEndpoint.get(found.get(0).getId())).getName());
    }
}
