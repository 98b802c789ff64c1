package lazulite;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import com.microsoft.windowsazure.services.media.MediaContract;
import com.microsoft.windowsazure.services.media.models.AccessPolicy;
import com.microsoft.windowsazure.services.media.models.AccessPolicyInfo;
import com.microsoft.windowsazure.services.media.models.AccessPolicyPermission;
import com.microsoft.windowsazure.services.media.models.Asset;
import com.microsoft.windowsazure.services.media.models.AssetFile;
import com.microsoft.windowsazure.services.media.models.AssetFileInfo;
import com.microsoft.windowsazure.services.media.models.AssetInfo;
import com.microsoft.windowsazure.services.media.models.AssetOption;
import com.microsoft.windowsazure.services.media.models.AssetState;
import com.microsoft.windowsazure.services.media.models.ListResult;
import com.microsoft.windowsazure.services.media.models.Locator;
import com.microsoft.windowsazure.services.media.models.LocatorInfo;
import com.microsoft.windowsazure.services.media.models.LocatorType;
import java.util.Date;
import java.util.EnumSet;
import org.junit.Test;

/** Asset, AssetFile, AccessPolicy, Locator: Atom entries and feeds, MERGE by X-HTTP-METHOD, relative links. */
public class AssetTest {
    private final MediaContract service;

    public AssetTest() throws Exception {
        service = Service.connect();
    }

    @Test
    public void anAssetIsCreatedReadChangedListedAndDeleted() throws Exception {
        Date before = new Date(System.currentTimeMillis() - 60_000);
        AssetInfo made = service.create(Asset.create().setName("java <asset> & \u00fc").setAlternateId("alt").setOptions(AssetOption.None));
        assertTrue(made.getId(), made.getId().startsWith("nb:cid:UUID:"));
        assertEquals("java <asset> & \u00fc", made.getName());
        assertEquals("alt", made.getAlternateId());
        assertEquals(AssetState.Initialized, made.getState());
        assertTrue(made.getCreated().after(before));
        assertNotNull(made.getUri());

        service.update(Asset.update(made.getId()).setName("renamed").setAlternateId("other"));
        AssetInfo read = service.get(Asset.get(made.getId()));
        assertEquals("renamed", read.getName());
        assertEquals("other", read.getAlternateId());

        ListResult<AssetInfo> found = service.list(Asset.list().set("$filter", "Name eq 'renamed'"));
        assertEquals(1, found.size());
        assertEquals(made.getId(), found.get(0).getId());
        assertTrue(service.list(Asset.list(made.getParentAssetsLink())).isEmpty());

        service.delete(Asset.delete(made.getId()));
        Service.assertRefused(404, () -> service.get(Asset.get(made.getId())));
    }

    @Test
    public void listsAreCutByTopAndSkip() throws Exception {
        for (int i = 0; i < 3; ++i) service.create(Asset.create().setName("java list").setAlternateId(String.valueOf(i)));
        ListResult<AssetInfo> page = service.list(Asset.list().setTop(1).setSkip(1).set("$filter", "Name eq 'java list'").set("$orderby", "AlternateId"));
        assertEquals(1, page.size());
        assertEquals("1", page.get(0).getAlternateId());
        for (AssetInfo asset : service.list(Asset.list().set("$filter", "Name eq 'java list'"))) service.delete(Asset.delete(asset.getId()));
    }

    @Test
    public void aFileIsCreatedChangedAndDeleted() throws Exception {
        AssetInfo asset = service.create(Asset.create().setName("java file"));
        AssetFileInfo file = service.create(AssetFile.create(asset.getId(), "a.mp4").setMimeType("video/mp4").setContentFileSize(5L));
        assertEquals("a.mp4", file.getName());
        assertEquals(5, file.getContentFileSize());
        service.update(AssetFile.update(file.getId()).setIsPrimary(true).setContentFileSize(1234567890123L));
        AssetFileInfo read = service.list(AssetFile.list(asset.getAssetFilesLink())).get(0);
        assertTrue(read.getIsPrimary());
        assertEquals(1234567890123L, read.getContentFileSize());
        assertEquals("video/mp4", read.getMimeType());
        assertEquals("a.mp4", service.get(AssetFile.get(file.getId())).getName());
        service.delete(AssetFile.delete(file.getId()));
        assertTrue(service.list(AssetFile.list(asset.getAssetFilesLink())).isEmpty());
        service.delete(Asset.delete(asset.getId()));
    }

    @Test
    public void anAccessPolicyIsCreatedReadAndDeleted() throws Exception {
        EnumSet<AccessPolicyPermission> permissions = EnumSet.of(AccessPolicyPermission.READ, AccessPolicyPermission.LIST);
        AccessPolicyInfo made = service.create(AccessPolicy.create("java", 12.5, permissions));
        AccessPolicyInfo read = service.get(AccessPolicy.get(made.getId()));
        assertEquals(12.5, read.getDurationInMinutes(), 0);
        assertEquals(permissions, read.getPermissions());
        assertTrue(service.list(AccessPolicy.list()).stream().anyMatch(policy -> policy.getId().equals(made.getId())));
        service.delete(AccessPolicy.delete(made.getId()));
        Service.assertRefused(404, () -> service.get(AccessPolicy.get(made.getId())));
    }

    @Test
    public void aLocatorHasItsTimesAndLinks() throws Exception {
        AssetInfo asset = service.create(Asset.create().setName("java locator"));
        AccessPolicyInfo policy = service.create(AccessPolicy.create("java", 10, EnumSet.of(AccessPolicyPermission.READ)));
        Date start = new Date(System.currentTimeMillis() / 1000 * 1000 - 300_000);
        LocatorInfo made = service.create(Locator.create(policy.getId(), asset.getId(), LocatorType.SAS).setStartDateTime(start));
        assertEquals(start, made.getStartTime());
        assertEquals(new Date(start.getTime() + 600_000), made.getExpirationDateTime());
        assertTrue(made.getPath().startsWith(made.getBaseUri()));
        assertTrue(made.getContentAccessToken().contains("sig="));
        assertEquals(asset.getId(), service.get(Asset.get(made.getAssetLink())).getId());
        assertEquals(policy.getId(), service.get(AccessPolicy.get(made.getAccessPolicyLink())).getId());
        assertEquals(made.getId(), service.list(Locator.list(asset.getLocatorsLink())).get(0).getId());
        service.delete(Locator.delete(made.getId()));
        Service.assertRefused(404, () -> service.get(Locator.get(made.getId())));
        service.delete(Asset.delete(asset.getId()));
        service.delete(AccessPolicy.delete(policy.getId()));
    }
}
