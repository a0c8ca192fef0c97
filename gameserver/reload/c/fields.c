/* fields.refill and fields.has_names. */
#include "twin.h"

PyObject *
twin_refill(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    (void)module;
    if (!are_two("refill", given, count))
        return NULL;
    /* Of dict alone, whatever a subclass has made of them. The caller holds what was in
     * it: so nothing dies, no Python code runs, and no thread comes between. */
    PyDict_Clear(given[0]);
    if (PyDict_Update(given[0], given[1]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
twin_has_names(PyObject *module, PyObject *fields)
{
    (void)module;
    if (!PyDict_Check(fields)) {
        PyErr_Format(PyExc_TypeError, "has_names() takes a dict, got %R", fields);
        return NULL;
    }
    Py_ssize_t at = 0;
    PyObject *name;
    while (PyDict_Next(fields, &at, &name, NULL))
        if (!PyUnicode_Check(name))
            Py_RETURN_FALSE;
    Py_RETURN_TRUE;
}
