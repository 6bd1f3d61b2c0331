package org.tiezheng.archive.pdf;

/**
 * A file inside the document.
 *
 * @param name as a reader saves it
 * @param mediaType such as {@code application/json}
 * @param description one line for the list of attachments
 * @param content whole; attachments are small
 */
public record Attachment(String name, String mediaType, String description, byte[] content) {
    public Attachment {
        content = content.clone();
    }

    @Override
    public byte[] content() {
        return content.clone();
    }
}
