/** Prints the name of the folder in the jar for libraries of this platform, such as linux-amd64. */
class Platform {
    public static void main(String[] arguments) throws Exception {
        var method = Class.forName("de.leakdex.Library").getDeclaredMethod("platform");
        method.setAccessible(true);
        System.out.println(method.invoke(null));
    }
}
