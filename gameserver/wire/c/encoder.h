/* What encoder.c and writer.c share. */
#ifndef TWIN_ENCODER_H
#define TWIN_ENCODER_H

#include "twin.h"

#define AT_FIRST 1024  /* bytes that are written without asking for memory */
#define FEW 16         /* containers that are looked up one by one */

/* The containers that were met: a few, and from then on a table of them all. */
typedef struct {
    PyObject *few[FEW];
    PyObject **table;  /* open addressing, at most half full; NULL up to FEW */
    size_t count, room;
} Seen;

/* What is written so far. */
typedef struct {
    State *state;
    char *bytes;  /* `first`, or memory of its own */
    size_t size, room;
    Seen seen;
    char first[AT_FIRST];
} Writer;

/* Those that give an int give 0, or -1 and an error; is_first gives 1 as well. */
void begin_writing(Writer *writer, State *state);
PyObject *end_writing(Writer *writer, int failed);
int is_first(Seen *seen, PyObject *container);
int grow(Writer *writer, size_t size);
int put_head(Writer *writer, int kind, unsigned long long number);
int write_string(Writer *writer, const char *content, Py_ssize_t size);
int write_text(Writer *writer, PyObject *text);
int write_integer(Writer *writer, PyObject *number);
int write_float(Writer *writer, PyObject *number);
int write_value(Writer *writer, PyObject *value, int depth);
int not_plain(State *state, PyObject *text);

/* Have room for so many bytes more. */
static inline int
reserve(Writer *writer, size_t size)
{
    return size <= writer->room - writer->size ? 0 : grow(writer, size);
}

static inline int
put(Writer *writer, const char *content, Py_ssize_t size)
{
    if (reserve(writer, (size_t)size) < 0)
        return -1;
    memcpy(writer->bytes + writer->size, content, (size_t)size);
    writer->size += (size_t)size;
    return 0;
}

#endif
