/* Arguments that are scalars: `_scalars` of short_way.py. */
#include "twin.h"

#include <math.h>
#include <string.h>

static int
is_bytes(PyObject *value, const char *content, Py_ssize_t size)
{
    return PyBytes_CheckExact(value) && PyBytes_GET_SIZE(value) == size
           && memcmp(PyBytes_AS_STRING(value), content, (size_t)size) == 0;
}

/* Give the second part of [head, part], borrowed; NULL if it is no such list. */
static PyObject *
part_of(PyObject *sent, const char *head, Py_ssize_t size)
{
    if (!PyList_CheckExact(sent) || PyList_GET_SIZE(sent) != 2)
        return NULL;
    return is_bytes(PyList_GET_ITEM(sent, 0), head, size) ? PyList_GET_ITEM(sent, 1)
                                                          : NULL;
}

static PyObject *
text_of(PyObject *sent, Py_ssize_t most)
{
    PyObject *content = part_of(sent, "unicode", 7);
    if (content == NULL || !PyBytes_CheckExact(content))
        return NULL;
    PyObject *text = PyUnicode_DecodeUTF8(PyBytes_AS_STRING(content),
                                          PyBytes_GET_SIZE(content), NULL);
    if (text != NULL && PyUnicode_GET_LENGTH(text) > most)
        Py_CLEAR(text);
    return text;
}

static PyObject *
boolean_of(PyObject *sent)
{
    PyObject *content = part_of(sent, "boolean", 7);
    if (content == NULL)
        return NULL;
    if (is_bytes(content, "true", 4))
        return Py_NewRef(Py_True);
    return is_bytes(content, "false", 5) ? Py_NewRef(Py_False) : NULL;
}

/* Give a scalar of a type, owned; NULL if it is none, and maybe an error. */
static PyObject *
scalar_of(PyObject *sent, PyObject *kind, Py_ssize_t most)
{
    int overflow = 0;
    if (kind == (PyObject *)&PyUnicode_Type)
        return text_of(sent, most);
    if (kind == (PyObject *)&PyBool_Type)
        return boolean_of(sent);
    if ((PyObject *)Py_TYPE(sent) != kind)
        return NULL;
    if (PyLong_CheckExact(sent))
        (void)PyLong_AsLongLongAndOverflow(sent, &overflow);
    else if (PyFloat_CheckExact(sent))
        overflow = !isfinite(PyFloat_AS_DOUBLE(sent));
    else if (PyBytes_CheckExact(sent))
        overflow = PyBytes_GET_SIZE(sent) > most;
    else
        return NULL;
    return overflow ? NULL : Py_NewRef(sent);
}

int
read_scalars(const ShortWay *way, PyObject *args, PyObject *kinds, PyObject **into)
{
    Py_ssize_t count = PyTuple_GET_SIZE(kinds);
    if (!PyList_CheckExact(args) || PyList_GET_SIZE(args) != count + 1
        || count > MOST_SCALARS || count > way->max_items
        || !is_bytes(PyList_GET_ITEM(args, 0), "tuple", 5))
        return -1;
    for (Py_ssize_t each = 0; each < count; each++) {
        /* Nothing in here runs Python code: a text tells no collector of itself. */
        into[each] = scalar_of(PyList_GET_ITEM(args, each + 1),
                               PyTuple_GET_ITEM(kinds, each), way->max_string);
        if (into[each] == NULL) {
            PyErr_Clear();  /* what is no UTF-8 is said on the whole way */
            while (each > 0)
                Py_DECREF(into[--each]);
            return -1;
        }
    }
    return (int)count;
}
