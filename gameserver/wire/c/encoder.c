/* Plain values, written: the twin of encoder.py and message.py. */
#include "encoder.h"

#define PUT(writer, text) put(writer, text, sizeof(text) - 1)

/* Say that a value is not written here. Takes the text over. */
int
not_plain(State *state, PyObject *text)
{
    if (text != NULL) {
        PyErr_SetObject(state->not_plain, text);
        Py_DECREF(text);
    }
    return -1;
}

static int
of_type(State *state, PyObject *value, const char *text)
{
    PyObject *name = PyType_GetName(Py_TYPE(value));
    if (name == NULL)
        return -1;
    not_plain(state, PyUnicode_FromFormat(text, name));
    Py_DECREF(name);
    return -1;
}

/* Raise what Python raises; only a finalizer that runs meanwhile can bring it about. */
static int
has_changed(void)
{
    PyErr_SetString(PyExc_RuntimeError, "a container changed while it was written");
    return -1;
}

static int
write_list(Writer *writer, PyObject *list, Py_ssize_t length, int depth)
{
    for (Py_ssize_t each = 0; each < length; each++) {
        if (PyList_GET_SIZE(list) != length)
            return has_changed();
        PyObject *value = Py_NewRef(PyList_GET_ITEM(list, each));
        int failed = write_value(writer, value, depth);
        Py_DECREF(value);
        if (failed)
            return -1;
    }
    return 0;
}

static int
write_tuple(Writer *writer, PyObject *tuple, Py_ssize_t length, int depth)
{
    for (Py_ssize_t each = 0; each < length; each++)
        if (write_value(writer, PyTuple_GET_ITEM(tuple, each), depth) < 0)
            return -1;
    return 0;
}

static int
write_set(Writer *writer, PyObject *set, Py_ssize_t length, int depth)
{
    PyObject *values = PyObject_GetIter(set), *value;
    if (values == NULL)
        return -1;
    int failed = 0;
    while (!failed && (value = PyIter_Next(values)) != NULL) {
        failed = --length < 0 ? has_changed() : write_value(writer, value, depth);
        Py_DECREF(value);
    }
    Py_DECREF(values);
    if (failed || PyErr_Occurred())
        return -1;
    return length ? has_changed() : 0;
}

static int
write_pairs(Writer *writer, PyObject *table, Py_ssize_t length, int depth)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (length-- > 0) {
        if (!PyDict_Next(table, &at, &key, &value))
            return has_changed();
        Py_INCREF(key);
        Py_INCREF(value);
        int failed = PUT(writer, "\x02\x80") || write_value(writer, key, depth)
                     || write_value(writer, value, depth);
        Py_DECREF(key);
        Py_DECREF(value);
        if (failed)
            return -1;
    }
    return PyDict_Next(table, &at, &key, &value) ? has_changed() : 0;
}

/* Begin a container, unless it occurs twice, is deep or long. */
static int
begin(Writer *writer, PyObject *value, Py_ssize_t length, int depth)
{
    State *state = writer->state;
    int is_new = depth <= state->deepest && length < state->stock_size
                     ? is_first(&writer->seen, value)
                     : 0;
    if (is_new < 0)
        return -1;
    if (is_new)
        return put_head(writer, LIST, (unsigned long long)length + 1);
    const char *text = "a container that occurs twice, is deep or long";
    return not_plain(state, PyUnicode_FromString(text));
}

static int
write_container(Writer *writer, PyObject *value, int depth)
{
    Py_ssize_t length;
    if (PyList_CheckExact(value)) {
        length = PyList_GET_SIZE(value);
        return begin(writer, value, length, depth) || PUT(writer, "\x08\x87")
               || write_list(writer, value, length, depth + 1) ? -1 : 0;
    }
    if (PyDict_CheckExact(value)) {
        length = PyDict_Size(value);
        return begin(writer, value, length, depth) || PUT(writer, "\x05\x87")
               || write_pairs(writer, value, length, depth + 1) ? -1 : 0;
    }
    if (PyTuple_CheckExact(value)) {
        length = PyTuple_GET_SIZE(value);
        return begin(writer, value, length, depth) || PUT(writer, "\x0b\x87")
               || write_tuple(writer, value, length, depth + 1) ? -1 : 0;
    }
    length = PySet_GET_SIZE(value);
    if (begin(writer, value, length, depth) < 0)
        return -1;
    int failed = PyFrozenSet_CheckExact(value) ? PUT(writer, "\x09\x82" "frozenset")
                                               : PUT(writer, "\x03\x82" "set");
    return failed || write_set(writer, value, length, depth + 1) ? -1 : 0;
}

/* Write one value; `depth`: how many containers are around it. */
int
write_value(Writer *writer, PyObject *value, int depth)
{
    PyTypeObject *type = Py_TYPE(value);
    if (type == &PyUnicode_Type)
        return write_text(writer, value);
    if (type == &PyLong_Type)
        return write_integer(writer, value);
    if (value == Py_None)
        return PUT(writer, "\x01\x80\x01\x87");
    if (type == &PyFloat_Type)
        return write_float(writer, value);
    if (value == Py_True)
        return PUT(writer, "\x02\x80\x07\x82" "boolean\x04\x82true");
    if (value == Py_False)
        return PUT(writer, "\x02\x80\x07\x82" "boolean\x05\x82" "false");
    if (type == &PyBytes_Type)
        return write_string(writer, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
    if (type == &PyList_Type || type == &PyDict_Type || type == &PyTuple_Type
        || PyAnySet_CheckExact(value))
        return write_container(writer, value, depth);
    return of_type(writer->state, value, "a value of type %U");
}

PyObject *
twin_encode(PyObject *module, PyObject *value)
{
    Writer writer;
    begin_writing(&writer, state_of(module));
    int failed = write_value(&writer, value, 0);
    return end_writing(&writer, failed);
}

static int
write_part(Writer *writer, PyObject *part)
{
    if (PyLong_CheckExact(part))
        return write_integer(writer, part);
    if (PyBytes_CheckExact(part))
        return write_string(writer, PyBytes_AS_STRING(part), PyBytes_GET_SIZE(part));
    if ((PyObject *)Py_TYPE(part) != writer->state->written)
        return of_type(writer->state, part, "%U");
    PyObject *content = PyObject_GetAttr(part, writer->state->content);
    if (content == NULL)
        return -1;
    int failed = -1;
    if (PyBytes_CheckExact(content))
        failed = put(writer, PyBytes_AS_STRING(content), PyBytes_GET_SIZE(content));
    else
        PyErr_SetString(PyExc_TypeError, "what is written is bytes");
    Py_DECREF(content);
    return failed;
}

PyObject *
twin_message(PyObject *module, PyObject *parts)
{
    if (!PyTuple_CheckExact(parts)) {
        PyErr_SetString(PyExc_TypeError, "message() takes a tuple");
        return NULL;
    }
    Writer writer;
    begin_writing(&writer, state_of(module));
    Py_ssize_t count = PyTuple_GET_SIZE(parts);
    int failed = put_head(&writer, LIST, (unsigned long long)count);
    for (Py_ssize_t each = 0; !failed && each < count; each++)
        failed = write_part(&writer, PyTuple_GET_ITEM(parts, each));
    return end_writing(&writer, failed);
}

PyObject *
twin_answer(PyObject *module, PyObject *const *given, Py_ssize_t count)
{
    if (count != 2 || !PyLong_CheckExact(given[0])) {
        PyErr_SetString(PyExc_TypeError, "answer() takes an int and a value");
        return NULL;
    }
    Writer writer;
    begin_writing(&writer, state_of(module));
    int failed = put_head(&writer, LIST, 3) || write_string(&writer, "answer", 6)
                 || write_integer(&writer, given[0]) || write_value(&writer, given[1], 0);
    return end_writing(&writer, failed);
}
