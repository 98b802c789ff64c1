package lazulite;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.microsoft.windowsazure.services.media.EncryptionUtils;
import com.microsoft.windowsazure.services.media.MediaContract;
import com.microsoft.windowsazure.services.media.implementation.templates.tokenrestriction.SymmetricVerificationKey;
import com.microsoft.windowsazure.services.media.implementation.templates.tokenrestriction.TokenRestrictionTemplate;
import com.microsoft.windowsazure.services.media.implementation.templates.tokenrestriction.TokenRestrictionTemplateSerializer;
import com.microsoft.windowsazure.services.media.implementation.templates.tokenrestriction.TokenType;
import com.microsoft.windowsazure.services.media.models.AccessPolicy;
import com.microsoft.windowsazure.services.media.models.AccessPolicyInfo;
import com.microsoft.windowsazure.services.media.models.AccessPolicyPermission;
import com.microsoft.windowsazure.services.media.models.Asset;
import com.microsoft.windowsazure.services.media.models.AssetDeliveryPolicy;
import com.microsoft.windowsazure.services.media.models.AssetDeliveryPolicyConfigurationKey;
import com.microsoft.windowsazure.services.media.models.AssetDeliveryPolicyInfo;
import com.microsoft.windowsazure.services.media.models.AssetDeliveryPolicyType;
import com.microsoft.windowsazure.services.media.models.AssetDeliveryProtocol;
import com.microsoft.windowsazure.services.media.models.AssetInfo;
import com.microsoft.windowsazure.services.media.models.ContentKey;
import com.microsoft.windowsazure.services.media.models.ContentKeyAuthorizationPolicy;
import com.microsoft.windowsazure.services.media.models.ContentKeyAuthorizationPolicyInfo;
import com.microsoft.windowsazure.services.media.models.ContentKeyAuthorizationPolicyOption;
import com.microsoft.windowsazure.services.media.models.ContentKeyAuthorizationPolicyOptionInfo;
import com.microsoft.windowsazure.services.media.models.ContentKeyAuthorizationPolicyRestriction;
import com.microsoft.windowsazure.services.media.models.ContentKeyAuthorizationPolicyRestriction.ContentKeyRestrictionType;
import com.microsoft.windowsazure.services.media.models.ContentKeyDeliveryType;
import com.microsoft.windowsazure.services.media.models.ContentKeyInfo;
import com.microsoft.windowsazure.services.media.models.ContentKeyType;
import com.microsoft.windowsazure.services.media.models.Locator;
import com.microsoft.windowsazure.services.media.models.LocatorInfo;
import com.microsoft.windowsazure.services.media.models.LocatorType;
import com.microsoft.windowsazure.services.media.models.ProtectionKey;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.UUID;
import org.junit.Test;

/** ContentKey, ProtectionKey, ContentKeyAuthorizationPolicy and its options, AssetDeliveryPolicy. */
public class KeyTest {
    private final MediaContract service;

    public KeyTest() throws Exception {
        service = Service.connect();
    }

    private static byte[] random(int bytes) {
        byte[] out = new byte[bytes];
        new SecureRandom().nextBytes(out);
        return out;
    }

    /** Wraps the key as the SDK's samples do. */
    private ContentKeyInfo makeKey(ContentKeyType type, byte[] key, String name) throws Exception {
        String protectionKeyId = service.action(ProtectionKey.getProtectionKeyId(type));
        String encoded = service.action(ProtectionKey.getProtectionKey(protectionKeyId));
        X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(Base64.getDecoder().decode(encoded)));
        assertEquals(protectionKeyId, EncryptionUtils.getThumbPrint(certificate).toUpperCase());
        String wrapped = Base64.getEncoder().encodeToString(EncryptionUtils.encryptSymmetricKeyData(certificate, key));
        UUID id = UUID.randomUUID();
        ContentKeyInfo made = service.create(ContentKey.create("nb:kid:UUID:" + id, type, wrapped).setName(name)
                .setProtectionKeyId(protectionKeyId).setChecksum(EncryptionUtils.calculateChecksum(key, id)));
        assertEquals("nb:kid:UUID:" + id, made.getId());
        assertEquals(wrapped, made.getEncryptedContentKey());
        return made;
    }

    private ContentKeyAuthorizationPolicyOptionInfo makeOption(ContentKeyDeliveryType type, String configuration,
            ContentKeyRestrictionType restriction, String requirements) throws Exception {
        return service.create(ContentKeyAuthorizationPolicyOption.create("java", type.getCode(), configuration,
                Collections.singletonList(new ContentKeyAuthorizationPolicyRestriction("java", restriction.getValue(), requirements))));
    }

    @Test
    public void aKeyIsCreatedReadRebindAndDeleted() throws Exception {
        byte[] key = random(32);
        ContentKeyInfo made = makeKey(ContentKeyType.StorageEncryption, key, "java key");
        ContentKeyInfo read = service.get(ContentKey.get(made.getId()));
        assertEquals("java key", read.getName());
        assertEquals(ContentKeyType.StorageEncryption, read.getContentKeyType());
        assertEquals(made.getChecksum(), read.getChecksum());
        assertTrue(service.list(ContentKey.list()).stream().anyMatch(each -> each.getId().equals(made.getId())));
        assertArrayEquals(key, Base64.getDecoder().decode(service.action(ContentKey.rebind(made.getId()))));
        Service.assertRefused(400, () -> service.action(ContentKey.rebind("nonsense")));
        Service.assertRefused(409, () -> service.create(ContentKey.create(made.getId(), ContentKeyType.StorageEncryption, made.getEncryptedContentKey())
                .setProtectionKeyId(made.getProtectionKeyId())));
        service.delete(ContentKey.delete(made.getId()));
        Service.assertRefused(404, () -> service.get(ContentKey.get(made.getId())));
    }

    @Test
    public void aPolicyLinksOptionsAndTellsWhereTheKeyIs() throws Exception {
        TokenRestrictionTemplate template = new TokenRestrictionTemplate(TokenType.SWT).setIssuer(URI.create("http://testissuer.example/"))
                .setAudience(URI.create("urn:test")).setPrimaryVerificationKey(new SymmetricVerificationKey(random(64)));
        String requirements = TokenRestrictionTemplateSerializer.serialize(template);
        ContentKeyAuthorizationPolicyOptionInfo option =
                makeOption(ContentKeyDeliveryType.BaselineHttp, null, ContentKeyRestrictionType.TokenRestricted, requirements);
        ContentKeyAuthorizationPolicyRestriction restriction = option.getRestrictions().get(0);
        assertEquals(ContentKeyRestrictionType.TokenRestricted.getValue(), restriction.getKeyRestrictionType());
        assertEquals(requirements, restriction.getRequirements());

        service.update(ContentKeyAuthorizationPolicyOption.update(option.getId())
                .setKeyDeliveryType(ContentKeyDeliveryType.BaselineHttp.getCode()).setRestrictions(option.getRestrictions()));
        assertEquals(requirements, service.get(ContentKeyAuthorizationPolicyOption.get(option.getId())).getRestrictions().get(0).getRequirements());

        ContentKeyAuthorizationPolicyInfo policy = service.create(ContentKeyAuthorizationPolicy.create("java policy"));
        assertEquals("java policy", service.get(ContentKeyAuthorizationPolicy.get(policy.getId())).getName());
        assertTrue(service.list(ContentKeyAuthorizationPolicy.list()).stream().anyMatch(each -> each.getId().equals(policy.getId())));
        service.action(ContentKeyAuthorizationPolicy.linkOptions(policy.getId(), option.getId()));
        assertEquals(option.getId(), service.list(ContentKeyAuthorizationPolicyOption.list(policy.getOptions())).get(0).getId());

        ContentKeyInfo key = makeKey(ContentKeyType.EnvelopeEncryption, random(16), "java envelope");
        Service.assertRefused(400, () -> service.create(ContentKey.getKeyDeliveryUrl(key.getId(), ContentKeyDeliveryType.BaselineHttp)));
        service.update(ContentKey.update(key.getId(), policy.getId()));
        assertEquals(policy.getId(), service.get(ContentKey.get(key.getId())).getAuthorizationPolicyId());
        String url = service.create(ContentKey.getKeyDeliveryUrl(key.getId(), ContentKeyDeliveryType.BaselineHttp));
        assertTrue(url, url.endsWith("/?KID=" + key.getId().substring("nb:kid:UUID:".length())));
        Service.assertRefused(400, () -> service.create(ContentKey.getKeyDeliveryUrl(key.getId(), ContentKeyDeliveryType.PlayReadyLicense)));

        service.delete(ContentKeyAuthorizationPolicy.unlinkOptions(policy.getId(), option.getId()));
        assertTrue(service.list(ContentKeyAuthorizationPolicyOption.list(policy.getOptions())).isEmpty());
        service.delete(ContentKey.delete(key.getId()));
        service.delete(ContentKeyAuthorizationPolicy.delete(policy.getId()));
        service.delete(ContentKeyAuthorizationPolicyOption.delete(option.getId()));
    }

    @Test
    public void optionsThatCannotWorkAreRefused() throws Exception {
        Service.assertRefused(400, () -> makeOption(ContentKeyDeliveryType.PlayReadyLicense, "nonsense", ContentKeyRestrictionType.Open, null));
        Service.assertRefused(400, () -> makeOption(ContentKeyDeliveryType.BaselineHttp, null, ContentKeyRestrictionType.TokenRestricted, "nonsense"));
        ContentKeyAuthorizationPolicyOptionInfo widevine = makeOption(ContentKeyDeliveryType.Widevine, "{}", ContentKeyRestrictionType.Open, null);
        assertEquals("{}", widevine.getKeyDeliveryConfiguration());
        service.delete(ContentKeyAuthorizationPolicyOption.delete(widevine.getId()));
    }

    @Test
    public void aDeliveryPolicyIsLinkedToAnAssetWithItsKey() throws Exception {
        AssetInfo asset = service.create(Asset.create().setName("java delivery"));
        Map<AssetDeliveryPolicyConfigurationKey, String> configuration =
                Map.of(AssetDeliveryPolicyConfigurationKey.EnvelopeBaseKeyAcquisitionUrl, "https://keys.example/");
        AssetDeliveryPolicyInfo policy = service.create(AssetDeliveryPolicy.create().setName("java")
                .setAssetDeliveryProtocol(EnumSet.of(AssetDeliveryProtocol.SmoothStreaming, AssetDeliveryProtocol.HLS))
                .setAssetDeliveryPolicyType(AssetDeliveryPolicyType.DynamicEnvelopeEncryption).setAssetDeliveryConfiguration(configuration));
        assertEquals(configuration, policy.getAssetDeliveryConfiguration());
        assertEquals(EnumSet.of(AssetDeliveryProtocol.SmoothStreaming, AssetDeliveryProtocol.HLS), policy.getAssetDeliveryProtocol());
        service.update(AssetDeliveryPolicy.update(policy.getId()).setAssetDeliveryProtocol(EnumSet.of(AssetDeliveryProtocol.HLS))
                .setAssetDeliveryPolicyType(AssetDeliveryPolicyType.DynamicEnvelopeEncryption).setAssetDeliveryConfiguration(configuration));
        assertEquals(EnumSet.of(AssetDeliveryProtocol.HLS), service.get(AssetDeliveryPolicy.get(policy.getId())).getAssetDeliveryProtocol());
        Service.assertRefused(400, () -> service.action(Asset.linkDeliveryPolicy(asset.getId(), policy.getId())));

        ContentKeyInfo key = makeKey(ContentKeyType.EnvelopeEncryption, random(16), "java delivery");
        service.action(Asset.linkContentKey(asset.getId(), key.getId()));
        assertEquals(key.getId(), service.list(ContentKey.list(asset.getContentKeysLink())).get(0).getId());
        service.action(Asset.linkDeliveryPolicy(asset.getId(), policy.getId()));
        assertEquals(policy.getId(), service.list(AssetDeliveryPolicy.list(asset.getDeliveryPoliciesLink())).get(0).getId());

        AccessPolicyInfo access = service.create(AccessPolicy.create("java", 10, EnumSet.of(AccessPolicyPermission.READ)));
        LocatorInfo locator = service.create(Locator.create(access.getId(), asset.getId(), LocatorType.OnDemandOrigin));
        Service.assertRefused(400, () -> service.delete(Asset.unlinkDeliveryPolicy(asset.getId(), policy.getId())));
        service.delete(Locator.delete(locator.getId()));
        service.delete(Asset.unlinkDeliveryPolicy(asset.getId(), policy.getId()));
        service.delete(Asset.unlinkContentKey(asset.getId(), key.getId()));
        assertTrue(service.list(ContentKey.list(asset.getContentKeysLink())).isEmpty());

        service.delete(AssetDeliveryPolicy.delete(policy.getId()));
        service.delete(ContentKey.delete(key.getId()));
        service.delete(Asset.delete(asset.getId()));
        service.delete(AccessPolicy.delete(access.getId()));
    }
}
