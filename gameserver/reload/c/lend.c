/* lending.lend: an instance's fields and the lists in them, copied. */
#include "twin.h"

/* Say whether a list is among those lent so far. */
static int
is_known(PyObject *row, PyObject *one)
{
    for (Py_ssize_t each = PyList_GET_SIZE(row); each-- > 0;)
        if (PyTuple_GET_ITEM(PyList_GET_ITEM(row, each), 0) == one)
            return 1;
    return 0;
}

/* Copy a list; an allocation may run code that changes it, and then it is done anew. */
static PyObject *
copied(PyObject *one)
{
    for (;;) {
        Py_ssize_t size = PyList_GET_SIZE(one);
        PyObject *copy = PyList_New(size);
        if (copy == NULL)
            return NULL;
        if (PyList_GET_SIZE(one) == size) {
            for (Py_ssize_t each = 0; each < size; each++)
                PyList_SET_ITEM(copy, each, Py_NewRef(PyList_GET_ITEM(one, each)));
            return copy;
        }
        Py_DECREF(copy);
    }
}

/* Put a list's copy under a name, and note both; -1 and an error if it fails. */
static int
lend_list(PyObject *lent, PyObject *row, PyObject *name, PyObject *one)
{
    PyObject *copy = copied(one);
    if (copy == NULL)
        return -1;
    PyObject *pair = PyTuple_Pack(2, one, copy);
    int failed = pair == NULL || PyDict_SetItem(lent, name, copy) < 0
                 || PyList_Append(row, pair) < 0;
    Py_XDECREF(pair);
    Py_DECREF(copy);
    return failed ? -1 : 0;
}

/* Lend the lists of some fields; 0 if there is another container, or one is shared. */
static int
lend_lists(const State *state, PyObject *fields, PyObject *lent, PyObject *row)
{
    Py_ssize_t at = 0;
    PyObject *name, *one;
    while (PyDict_Next(fields, &at, &name, &one)) {
        if (!is_nesting(state, Py_TYPE(one)))
            continue;
        if (PyTuple_CheckExact(one) && is_flat(state, one))
            continue;
        if (!PyList_CheckExact(one) || !is_flat(state, one) || is_known(row, one))
            return 0;
        Py_INCREF(name);
        Py_INCREF(one);
        int failed = lend_list(lent, row, name, one);
        Py_DECREF(one);
        Py_DECREF(name);
        if (failed)
            return -1;
    }
    return 1;
}

PyObject *
twin_lend(PyObject *module, PyObject *fields)
{
    State *state = state_of(module);
    if (!PyDict_CheckExact(fields))
        return PyObject_CallOneArg(state->lend_each, fields);
    PyObject *lent = PyDict_Copy(fields);
    PyObject *row = lent == NULL ? NULL : PyList_New(0);
    int done = row == NULL ? -1 : lend_lists(state, fields, lent, row);
    PyObject *loan = NULL;
    if (done > 0)
        loan = PyTuple_Pack(2, lent, row);
    else if (done == 0)
        loan = PyObject_CallOneArg(state->lend_each, fields);
    Py_XDECREF(row);
    Py_XDECREF(lent);
    return loan;
}
