/* Bytes that grow, and the tokens that are put into them. */
#include "encoder.h"

#define UNICODE "\x02\x80\x07\x82unicode"
#define HEAD 11  /* a number of 64 bits in base 128, and the kind */

void
begin_writing(Writer *writer, State *state)
{
    writer->state = state;
    writer->bytes = writer->first;
    writer->size = 0;
    writer->room = AT_FIRST;
    writer->seen.table = NULL;
    writer->seen.count = writer->seen.room = 0;
}

/* Give what was written, unless that failed; and give the memory back. */
PyObject *
end_writing(Writer *writer, int failed)
{
    PyObject *found = NULL;
    if (!failed)
        found = PyBytes_FromStringAndSize(writer->bytes, (Py_ssize_t)writer->size);
    if (writer->bytes != writer->first)
        PyMem_Free(writer->bytes);
    PyMem_Free(writer->seen.table);
    return found;
}

int
grow(Writer *writer, size_t size)
{
    if (size > PY_SSIZE_T_MAX / 4 || writer->room > PY_SSIZE_T_MAX / 4) {
        PyErr_NoMemory();
        return -1;
    }
    size_t room = 2 * writer->room + size;
    int is_first = writer->bytes == writer->first;
    char *bytes = PyMem_Realloc(is_first ? NULL : writer->bytes, room);
    if (bytes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (is_first)
        memcpy(bytes, writer->first, writer->size);
    writer->bytes = bytes;
    writer->room = room;
    return 0;
}

/* Find a container's place in the table: it, or NULL where it would be. */
static PyObject **
place_of(Seen *seen, PyObject *container)
{
    size_t at = (size_t)((uint64_t)(uintptr_t)container * 0x9E3779B97F4A7C15u >> 20);
    while (seen->table[at &= seen->room - 1] != NULL && seen->table[at] != container)
        at++;
    return &seen->table[at];
}

/* Make a larger table of all that were met. */
static int
enlarge(Seen *seen)
{
    Seen old = *seen;
    seen->room = old.table ? 2 * old.room : 4 * FEW;
    seen->table = PyMem_Calloc(seen->room, sizeof *seen->table);
    if (seen->table == NULL) {
        *seen = old;
        PyErr_NoMemory();
        return -1;
    }
    PyObject **from = old.table ? old.table : old.few;
    size_t count = old.table ? old.room : FEW;
    for (size_t each = 0; each < count; each++)
        if (from[each] != NULL)
            *place_of(seen, from[each]) = from[each];
    PyMem_Free(old.table);
    return 0;
}

/* Remember a container; 0 if it was met before, 1 if not. */
int
is_first(Seen *seen, PyObject *container)
{
    if (seen->table == NULL) {
        for (size_t each = 0; each < seen->count; each++)
            if (seen->few[each] == container)
                return 0;
        if (seen->count < FEW) {
            seen->few[seen->count++] = container;
            return 1;
        }
    }
    if (2 * (seen->count + 1) > seen->room && enlarge(seen) < 0)
        return -1;
    PyObject **place = place_of(seen, container);
    if (*place != NULL)
        return 0;
    *place = container;
    seen->count++;
    return 1;
}

/* Put a number and the kind of its token. */
int
put_head(Writer *writer, int kind, unsigned long long number)
{
    if (reserve(writer, HEAD) < 0)
        return -1;
    char *to = writer->bytes + writer->size;
    for (; number >= 0x80; number >>= 7)
        *to++ = (char)(number & 0x7F);
    *to++ = (char)number;
    *to++ = (char)kind;
    writer->size = (size_t)(to - writer->bytes);
    return 0;
}

/* Give the number of a word; 0 if it is none. */
static int
word_of(const State *state, const char *content, Py_ssize_t size)
{
    if (size > LONGEST_WORD)
        return 0;
    const unsigned char *number = state->by_length[size];
    for (; *number; number++) {
        const char *word = PyBytes_AS_STRING(state->words[*number]);
        if (*word == *content && memcmp(word, content, (size_t)size) == 0)
            return *number;
    }
    return 0;
}

int
write_string(Writer *writer, const char *content, Py_ssize_t size)
{
    int word = word_of(writer->state, content, size);
    if (word)
        return put_head(writer, VOCAB, (unsigned long long)word);
    if (size > writer->state->stock_size)
        return not_plain(writer->state,
                         PyUnicode_FromFormat("a string of %zd bytes", size));
    if (put_head(writer, STRING, (unsigned long long)size) < 0)
        return -1;
    return put(writer, content, size);
}

int
write_text(Writer *writer, PyObject *text)
{
    if (put(writer, UNICODE, sizeof UNICODE - 1) < 0)
        return -1;
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(text) < 0)
        return -1;
#endif
    if (PyUnicode_IS_COMPACT_ASCII(text)) {
        const char *content = PyUnicode_DATA(text);
        return write_string(writer, content, PyUnicode_GET_LENGTH(text));
    }
    PyObject *bytes = PyUnicode_AsUTF8String(text);
    if (bytes == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
            return -1;
        PyErr_Clear();
        const char *said = "a text with half a character";
        return not_plain(writer->state, PyUnicode_FromString(said));
    }
    int failed = write_string(writer, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return failed;
}

/* Put a number that is given in base 256, and the kind of its token. */
static int
put_digits(Writer *writer, const unsigned char *bytes, size_t size, size_t bits, int kind)
{
    size_t count = (bits + 6) / 7;
    if (reserve(writer, count + 1) < 0)
        return -1;
    char *to = writer->bytes + writer->size;
    for (size_t each = 0; each < count; each++) {
        size_t at = each * 7 / 8, shift = each * 7 % 8;
        unsigned int two = bytes[at];
        if (at + 1 < size)
            two |= (unsigned int)bytes[at + 1] << 8;
        *to++ = (char)(two >> shift & 0x7F);
    }
    *to = (char)kind;
    writer->size += count + 1;
    return 0;
}

/* Write an integer of more than 63 bits. */
static int
write_large(Writer *writer, PyObject *number, int kind)
{
    State *state = writer->state;
    PyObject *bits = PyObject_CallMethodNoArgs(number, state->bit_length);
    size_t count = bits ? PyLong_AsSize_t(bits) : (size_t)-1;
    Py_XDECREF(bits);
    if (count == (size_t)-1 && PyErr_Occurred())
        return -1;
    if (count > 7 * (size_t)state->prefix)
        return not_plain(state, PyUnicode_FromFormat("an integer of %zu bits", count));
    Py_ssize_t size = (Py_ssize_t)(count + 7) / 8;
    PyObject *absolute = PyNumber_Absolute(number);
    if (absolute == NULL)
        return -1;
    PyObject *length = PyLong_FromSsize_t(size), *bytes = NULL;
    if (length != NULL)
        bytes = PyObject_CallMethodObjArgs(absolute, state->to_bytes, length,
                                           state->little, NULL);
    Py_XDECREF(length);
    Py_DECREF(absolute);
    if (bytes == NULL)
        return -1;
    const unsigned char *content = (const unsigned char *)PyBytes_AS_STRING(bytes);
    int failed = put_digits(writer, content, (size_t)size, count, kind);
    Py_DECREF(bytes);
    return failed;
}

int
write_integer(Writer *writer, PyObject *number)
{
    int beyond;
    long long value = PyLong_AsLongLongAndOverflow(number, &beyond);
    if (beyond)
        return write_large(writer, number, beyond < 0 ? LONGNEG : LONGINT);
    if (value >= 0) {
        int kind = value < 1LL << 31 ? INT : LONGINT;
        return put_head(writer, kind, (unsigned long long)value);
    }
    int kind = value >= -(1LL << 31) ? NEG : LONGNEG;
    return put_head(writer, kind, 0 - (unsigned long long)value);
}

int
write_float(Writer *writer, PyObject *number)
{
    if (reserve(writer, 9) < 0)
        return -1;
    char *to = writer->bytes + writer->size;
    to[0] = (char)FLOAT;
    writer->size += 9;
    return PyFloat_Pack8(PyFloat_AS_DOUBLE(number), to + 1, 0);
}
