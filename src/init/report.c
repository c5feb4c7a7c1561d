/* Words for the engine and for people: short lines without printf, and packets over the report. */
#include <string.h>
#include <sys/socket.h>

#include "init.h"

void line_add(struct line *line, const char *text)
{
    while (*text && line->used < sizeof(line->text) - 1)
        line->text[line->used++] = *text++;
    line->text[line->used] = '\0';
}

void line_number(struct line *line, int number)
{
    char digits[12];
    unsigned at = sizeof(digits) - 1;
    unsigned rest = number < 0 ? 0U - (unsigned)number : (unsigned)number;
    digits[at] = '\0';
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        digits[--at] = '-';
    line_add(line, digits + at);
}

void report_send(int report, const char *text, int descriptor)
{
    if (report < 0)
        return;
    struct iovec part = {.iov_base = (void *)(unsigned long)text, .iov_len = strlen(text)};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof(control));
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    (void)sendmsg(report, &message, MSG_NOSIGNAL);
}
