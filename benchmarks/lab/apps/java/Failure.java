/** A request that ends with a status other than 200. */
final class Failure extends Exception {
    private static final long serialVersionUID = 1L;
    final int status;

    Failure(int status, String text) {
        super(text, null, false, false);
        this.status = status;
    }
}
