/* key_input: see key_input.h. Called by loop.c; waits for nothing and reads nothing itself. */
#include "key_input.h"

static bool begin(struct key_input *input, unsigned char byte)
{
    static const struct {
        unsigned char mask, lead;
        int missing;
        wint_t least;
    } leads[] = {{0xe0, 0xc0, 1, 0x80}, {0xf0, 0xe0, 2, 0x800}, {0xf8, 0xf0, 3, 0x10000}};
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
        if ((byte & leads[i].mask) == leads[i].lead)
            *input = (struct key_input){.code = (wint_t)(byte & ~leads[i].mask),
                                        .least = leads[i].least,
                                        .missing = leads[i].missing};
    return false;
}

bool key_input_take(struct key_input *input, unsigned char byte, bool one_byte, wint_t *code)
{
    bool follows = (byte & 0xc0) == 0x80;
    if (byte < 0x80 || one_byte) {
        *input = (struct key_input){0};
        wint_t wide = byte < 0x80 ? byte : btowc(byte);
        *code = wide;
        return wide != WEOF;
    }
    if (!follows || input->missing == 0) {
        *input = (struct key_input){0};
        return follows ? false : begin(input, byte);
    }
    input->code = input->code << 6 | (byte & 0x3f);
    if (--input->missing > 0)
        return false;
    *code = input->code;
    return input->code >= input->least && input->code <= 0x10ffff &&
           (input->code < 0xd800 || input->code > 0xdfff);
}
