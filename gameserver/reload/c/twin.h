/* The compiled twin of gameserver/reload: what its files share.
 *
 * lend.c and give.c are lending.py; fields.c is fields.py.
 * The Python files are the reference: each says what its twin does and why. Only the
 * common case is here, an instance whose containers are lists of plain things. All
 * others are handed to the functions of lending.py that serve them.
 *
 * An allocation may collect garbage, and so run any Python code at all. Whatever is
 * used after one is owned, and a length is looked at again.
 */
#ifndef TWIN_H
#define TWIN_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define MOST_KINDS 16

/* What the module keeps; the names are those of the Python files. */
typedef struct {
    PyTypeObject *nesting[MOST_KINDS];  /* giving.NESTING */
    Py_ssize_t kinds;
    PyObject *lend_each, *give_back_nested, *give_back_changed;
} State;

PyObject *twin_lend(PyObject *module, PyObject *fields);
PyObject *twin_give_back(PyObject *module, PyObject *const *given, Py_ssize_t count);
PyObject *twin_refill(PyObject *module, PyObject *const *given, Py_ssize_t count);
PyObject *twin_has_names(PyObject *module, PyObject *fields);

static inline State *
state_of(PyObject *module)
{
    return (State *)PyModule_GetState(module);
}

/* Say whether objects of a type may hold others. */
static inline int
is_nesting(const State *state, const PyTypeObject *kind)
{
    for (Py_ssize_t each = 0; each < state->kinds; each++)
        if (state->nesting[each] == kind)
            return 1;
    return 0;
}

/* Say whether nothing in a list or tuple may hold others. */
static inline int
is_flat(const State *state, PyObject *row)
{
    PyObject **items = PySequence_Fast_ITEMS(row);
    for (Py_ssize_t each = Py_SIZE(row); each-- > 0;)
        if (is_nesting(state, Py_TYPE(items[each])))
            return 0;
    return 1;
}

/* Check how many arguments there are, and that the first is a dict. */
static inline int
are_two(const char *name, PyObject *const *given, Py_ssize_t count)
{
    if (count != 2)
        PyErr_Format(PyExc_TypeError, "%s() takes 2 arguments, got %zd", name, count);
    else if (!PyDict_Check(given[0]))
        PyErr_Format(PyExc_TypeError, "%s() takes a dict, got %R", name, given[0]);
    else
        return 1;
    return 0;
}

#endif
