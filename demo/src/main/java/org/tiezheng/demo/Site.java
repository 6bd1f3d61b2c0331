package org.tiezheng.demo;

import java.io.IOException;

/** Answers requests. A path the site does not know gets false, and the origin sends 404. */
@FunctionalInterface
public interface Site {

    /**
     * @return false if there is no such page; nothing has been written then
     * @throws IOException if the client went away
     */
    boolean serve(Visit visit) throws IOException, InterruptedException;

    /** This site's pages, then {@code next}'s. */
    default Site or(Site next) {
        return visit -> serve(visit) || next.serve(visit);
    }
}
