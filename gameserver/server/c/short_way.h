/* What batch.c, short_way.c and segments.c share. */
#ifndef TWIN_SHORT_WAY_H
#define TWIN_SHORT_WAY_H

#include "twin.h"

/* The messages of a batch, and what one common call leaves to the next. It is settled
 * before anything of the server's own runs that looks for it; authors' methods, the
 * clock and the collector may run before, so a method sees `carried_out` a little late. */
typedef struct {
    State *state;
    PyObject *broker;
    PyObject *target;     /* a number of the connection, and the way that it stands for */
    ShortWay *way;
    PyObject *spare;      /* a Segment of that way's touches that nobody has used */
    PyObject *batches;    /* how many there were when it began */
    long long carried_out;  /* calls that are not counted yet */
} Batch;

/* One call, from the message to its answer. `batch` and `state` are borrowed. */
typedef struct {
    Batch *batch;
    State *state;
    ShortWay *way;
    PyObject *number, *name, *is_answered;
    PyObject *avatar, *segment;
} Call;

/* Those that give an int give -1 with an error. */
int try_call(Call *call, PyObject *args);
int settle(Batch *batch);
PyObject *begun(const Call *call);
int end(Call *call);
PyObject *result_of(const Call *call, PyObject *method, PyObject **args, int size,
                    int *is_used);

/* Let go of an error that was fetched: a newer one counts, as in Python. */
static inline void
forget(PyObject *type, PyObject *error, PyObject *trace)
{
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(trace);
}

#endif
