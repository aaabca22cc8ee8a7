import java.net.HttpURLConnection;
import java.net.URL;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Random;

/** A client: calls URL over and over and logs how each call went. */
public class Caller {
  static void say(String level, String text) {
    System.out.println(LocalDateTime.now().truncatedTo(ChronoUnit.MILLIS) + " " + level + " [main] billing - " + text);
  }

  public static void main(String[] words) throws Exception {
    long until = System.currentTimeMillis() + 1000 * Long.parseLong(words[1]);
    Random chance = new Random();
    for (int item = 1; System.currentTimeMillis() < until; item++) {
      try {
        HttpURLConnection call = (HttpURLConnection) new URL(words[0] + "/" + item).openConnection();
        call.setConnectTimeout(3000);
        call.setReadTimeout(3000);
        say("INFO ", "stock of item " + item + " read, status " + call.getResponseCode());
        call.getInputStream().close();
      } catch (Exception error) {
        say("ERROR", "stock of item " + item + " not read: " + error);
      }
      Thread.sleep(50 + chance.nextInt(300));
    }
  }
}
