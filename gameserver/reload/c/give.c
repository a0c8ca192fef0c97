/* lending.give_back: the originals in place of copies that did not change. */
#include "twin.h"

/* Say whether two lists hold the same objects. */
static int
is_unchanged(PyObject *one, PyObject *copy)
{
    Py_ssize_t size = PyList_GET_SIZE(one);
    if (PyList_GET_SIZE(copy) != size)
        return 0;
    for (Py_ssize_t each = 0; each < size; each++)
        if (PyList_GET_ITEM(one, each) != PyList_GET_ITEM(copy, each))
            return 0;
    return 1;
}

/* Give the pair at a place of what was lent, borrowed; NULL if it is none of lists. */
static PyObject *
pair_at(PyObject *row, Py_ssize_t at)
{
    if (at >= PyList_GET_SIZE(row))
        return NULL;
    PyObject *pair = PyList_GET_ITEM(row, at);
    if (!PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) != 2)
        return NULL;
    if (!PyList_CheckExact(PyTuple_GET_ITEM(pair, 0)))
        return NULL;
    return PyList_CheckExact(PyTuple_GET_ITEM(pair, 1)) ? pair : NULL;
}

/* Put the originals back; 0 if a container is not the next copy, as it was lent. */
static int
give_lists(const State *state, PyObject *given, PyObject *row)
{
    Py_ssize_t at = 0, next = 0;
    PyObject *name, *one;
    while (PyDict_Next(given, &at, &name, &one)) {
        if (!is_nesting(state, Py_TYPE(one)))
            continue;
        if (PyTuple_CheckExact(one) && is_flat(state, one))
            continue;
        PyObject *pair = pair_at(row, next++);
        if (pair == NULL || PyTuple_GET_ITEM(pair, 1) != one)
            return 0;
        PyObject *former = PyTuple_GET_ITEM(pair, 0);
        if (!is_unchanged(former, one))
            return 0;
        Py_INCREF(name);
        int failed = PyDict_SetItem(given, name, former);
        Py_DECREF(name);
        if (failed)
            return -1;
    }
    return next == PyList_GET_SIZE(row);
}

/* Give what a step has made of fields that were lent, and whose pairs these are. */
static PyObject *
given_back(const State *state, PyObject *given, PyObject *known)
{
    if (!PyList_CheckExact(known))
        return PyObject_CallFunctionObjArgs(
            state->give_back_nested, given, known, NULL);
    int done = PyDict_CheckExact(given) ? give_lists(state, given, known) : 0;
    if (done < 0)
        return NULL;
    if (done > 0)
        return PyTuple_Pack(2, given, known);
    return PyObject_CallFunctionObjArgs(state->give_back_changed, given, known, NULL);
}

PyObject *
twin_give_back(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    if (!are_two("give_back", given, count))
        return NULL;
    PyObject *loan = given[1];
    if (!PyTuple_CheckExact(loan) || PyTuple_GET_SIZE(loan) != 2) {
        PyErr_Format(PyExc_TypeError, "give_back() takes a loan, got %R", loan);
        return NULL;
    }
    PyObject *own = given[0] == PyTuple_GET_ITEM(loan, 0)
                        ? Py_NewRef(given[0])
                        : PyObject_CallOneArg((PyObject *)&PyDict_Type, given[0]);
    if (own == NULL)
        return NULL;
    PyObject *found = given_back(state_of(module), own, PyTuple_GET_ITEM(loan, 1));
    Py_DECREF(own);
    return found;
}
