import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.regex.Pattern;

/** Two tests of a client, in a sandbox of their own. Without JUnit, so that nothing is needed. */
public class SandboxTest {
    static final HttpClient HTTP = HttpClient.newHttpClient();
    static final String SERVER = setting("OPENROOTS_URL", "http://localhost:1948");

    public static void main(String[] args) throws Exception {
        String token = setting("OPENROOTS_TOKEN", null);
        if (token == null) token = Files.readString(Path.of("var/token")).strip();
        String sandbox = tool(SERVER, token, "POST", "/sandboxes", "{}");
        String base = SERVER + text(sandbox, "path");
        try {
            aChangeOfGenderIsKept(base);
            timeIsMovedInThisSandboxAlone(base, text(sandbox, "token"), token);
        } finally {
            tool(SERVER, token, "DELETE", "/sandboxes/" + text(sandbox, "name"), null);
        }
        System.out.println("2 tests passed");
    }

    static void aChangeOfGenderIsKept(String base) throws Exception {
        URI jane = URI.create(base + "/personal-demographics/FHIR/R4/Patient/9000000009");
        HttpResponse<String> before = send(request(jane).GET());
        String patch = "{\"patches\":[{\"op\":\"replace\",\"path\":\"/gender\",\"value\":\"male\"}]}";
        HttpResponse<String> changed = send(request(jane)
                .header("If-Match", before.headers().firstValue("etag").orElseThrow())
                .header("Content-Type", "application/json-patch+json")
                .method("PATCH", BodyPublishers.ofString(patch)));
        check(changed.statusCode() == 200, changed.body());
        check(text(changed.body(), "gender").equals("male"), changed.body());
    }

    static void timeIsMovedInThisSandboxAlone(String base, String own, String token)
            throws Exception {
        String clock = tool(base, own, "POST", "/clock", "{\"to\":\"2027-04-02\"}");
        check(text(clock, "time").startsWith("2027-04-02"), clock);
        String outside = tool(SERVER, token, "GET", "/clock", null);
        check(outside.contains("\"moved\":false"), outside);
    }

    /** What a tooling door answers: the server's own, or that of a sandbox. */
    static String tool(String base, String token, String method, String path, String body)
            throws Exception {
        HttpResponse<String> answer = send(HttpRequest.newBuilder()
                .uri(URI.create(base + "/_openroots" + path))
                .header("X-OpenRoots-Token", token)
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body)));
        check(answer.statusCode() == 200, answer.body());
        return answer.body();
    }

    static HttpRequest.Builder request(URI uri) {
        return HttpRequest.newBuilder(uri).header("X-Request-ID", UUID.randomUUID().toString());
    }

    static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    /** A text of a JSON object; a client of your own has a library for this. */
    static String text(String json, String name) {
        var found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        check(found.find(), name + " is missing in " + json);
        return found.group(1);
    }

    static String setting(String name, String usual) {
        return System.getenv().getOrDefault(name, usual);
    }

    static void check(boolean holds, String told) {
        if (!holds) throw new AssertionError(told);
    }
}
