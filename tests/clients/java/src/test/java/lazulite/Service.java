package lazulite;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertThrows;

import com.microsoft.windowsazure.exception.ServiceException;
import com.microsoft.windowsazure.services.media.MediaConfiguration;
import com.microsoft.windowsazure.services.media.MediaContract;
import com.microsoft.windowsazure.services.media.MediaService;
import com.microsoft.windowsazure.services.media.authentication.AzureAdAccessToken;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.function.ThrowingRunnable;

/** The server under test as run.sh describes it, reached through the SDK with its own token provider interface. */
final class Service {
    private Service() {}

    static String required(String name) {
        String value = System.getenv(name);
        assertNotNull(name + " is not set: start these tests with tests/clients/run.sh", value);
        return value;
    }

    static MediaContract connect() throws Exception {
        URI root = URI.create(required("CLIENTS_CONTROL") + "/api/");
        return MediaService.create(MediaConfiguration.configureWithAzureAdTokenProvider(root, Service::token));
    }

    private static AzureAdAccessToken token() throws Exception {
        String form = "grant_type=client_credentials&client_id=" + required("CLIENTS_ACCOUNT") + "&client_secret="
                + URLEncoder.encode(required("CLIENTS_KEY"), StandardCharsets.UTF_8) + "&scope=urn%3aWindowsAzureMediaServices";
        HttpRequest request = HttpRequest.newBuilder(URI.create(required("CLIENTS_CONTROL") + "/v2/OAuth2-13"))
                .header("Content-Type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(form)).build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertEquals(200, answer.statusCode());
        Matcher token = Pattern.compile("\"access_token\"\\s*:\\s*\"([^\"]+)\"").matcher(answer.body());
        if (!token.find()) throw new IllegalStateException("no access_token in the answer");
        return new AzureAdAccessToken(token.group(1), new Date(System.currentTimeMillis() + 3600_000));
    }

    static HttpResponse<byte[]> get(String uri) throws Exception {
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    static void assertRefused(int status, ThrowingRunnable call) {
        assertEquals(status, assertThrows(ServiceException.class, call).getHttpStatusCode());
    }
}
