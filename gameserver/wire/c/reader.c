/* Plain values, read: the twin of plain.py.
 *
 * What is not read here is given to plain.decode, whole: so what it says is what is
 * said, and there is one place that says it. A function gives NULL for that, with or
 * without an error.
 */
#include "twin.h"

typedef enum { OTHER, TEXT, A_LIST, TUPLE, TABLE, NOTHING, BOOLEAN, SET, FROZENSET } Head;

static PyObject *read_value(State *state, PyObject *expression, int depth);

/* Give what a list of Jelly begins with. */
static Head
head_of(PyObject *head)
{
    static const struct { const char *word; Head head; } heads[] = {
        {"unicode", TEXT}, {"list", A_LIST}, {"tuple", TUPLE}, {"dictionary", TABLE},
        {"None", NOTHING}, {"boolean", BOOLEAN}, {"set", SET}, {"frozenset", FROZENSET},
    };
    if (!PyBytes_CheckExact(head))
        return OTHER;
    const char *word = PyBytes_AS_STRING(head);
    size_t size = (size_t)PyBytes_GET_SIZE(head);
    for (size_t each = 0; each < Py_ARRAY_LENGTH(heads); each++)
        if (word[0] == heads[each].word[0] && size == strlen(heads[each].word)
            && memcmp(word, heads[each].word, size) == 0)
            return heads[each].head;
    return OTHER;
}

static PyObject *
read_text(PyObject *expression)
{
    if (PyList_GET_SIZE(expression) != 2)
        return NULL;
    PyObject *content = PyList_GET_ITEM(expression, 1);
    if (!PyBytes_CheckExact(content))
        return NULL;
    return PyUnicode_DecodeUTF8(PyBytes_AS_STRING(content), PyBytes_GET_SIZE(content),
                                NULL);
}

static PyObject *
read_boolean(PyObject *expression)
{
    if (PyList_GET_SIZE(expression) != 2)
        return NULL;
    PyObject *content = PyList_GET_ITEM(expression, 1);
    if (!PyBytes_CheckExact(content))
        return NULL;
    if (strcmp(PyBytes_AS_STRING(content), "true") == 0 && PyBytes_GET_SIZE(content) == 4)
        return Py_NewRef(Py_True);
    if (strcmp(PyBytes_AS_STRING(content), "false") == 0 && PyBytes_GET_SIZE(content) == 5)
        return Py_NewRef(Py_False);
    return NULL;
}

/* Read an entry of a list that may have changed meanwhile. */
static PyObject *
read_entry(State *state, PyObject *list, Py_ssize_t at, int depth)
{
    if (at >= PyList_GET_SIZE(list))
        return NULL;
    PyObject *entry = PyList_GET_ITEM(list, at);
    Py_INCREF(entry);
    if (!PyList_CheckExact(entry))
        return entry;
    PyObject *value = read_value(state, entry, depth);
    Py_DECREF(entry);
    return value;
}

static PyObject *
read_list(State *state, PyObject *expression, int depth)
{
    Py_ssize_t length = PyList_GET_SIZE(expression) - 1;
    PyObject *found = PyList_New(length);
    if (found == NULL)
        return NULL;
    PyObject_GC_UnTrack(found);
    for (Py_ssize_t each = 0; each < length; each++) {
        PyObject *value = read_entry(state, expression, each + 1, depth);
        if (value == NULL) {
            Py_DECREF(found);
            return NULL;
        }
        PyList_SET_ITEM(found, each, value);
    }
    PyObject_GC_Track(found);
    return found;
}

static PyObject *
read_tuple(State *state, PyObject *expression, int depth)
{
    Py_ssize_t length = PyList_GET_SIZE(expression) - 1;
    PyObject *found = PyTuple_New(length);
    if (found == NULL || length == 0)  /* there is one empty tuple */
        return found;
    PyObject_GC_UnTrack(found);
    for (Py_ssize_t each = 0; each < length; each++) {
        PyObject *value = read_entry(state, expression, each + 1, depth);
        if (value == NULL) {
            Py_DECREF(found);
            return NULL;
        }
        PyTuple_SET_ITEM(found, each, value);
    }
    PyObject_GC_Track(found);
    return found;
}

/* Say whether a key is a set, or a tuple with one in it, or too deep to tell. */
static int
holds_set(const State *state, PyObject *key, int depth)
{
    if (!PyList_CheckExact(key) || PyList_GET_SIZE(key) == 0)
        return 0;
    Head head = head_of(PyList_GET_ITEM(key, 0));
    if (head != TUPLE)
        return head == FROZENSET;
    if (depth >= state->deepest)
        return 1;
    for (Py_ssize_t each = 1; each < PyList_GET_SIZE(key); each++)
        if (holds_set(state, PyList_GET_ITEM(key, each), depth + 1))
            return 1;
    return 0;
}

/* Say whether a peer can choose the hashes of so many keys, or of such keys, that
 * plain.py has to look at them. */
static int
has_odd_keys(const State *state, PyObject *expression, int is_table)
{
    Py_ssize_t length = PyList_GET_SIZE(expression), odd = 0;
    for (Py_ssize_t each = 1; each < length; each++) {
        PyObject *key = PyList_GET_ITEM(expression, each);
        if (is_table) {
            if (!PyList_CheckExact(key) || PyList_GET_SIZE(key) == 0)
                continue;
            key = PyList_GET_ITEM(key, 0);
        }
        if (PyList_CheckExact(key) && PyList_GET_SIZE(key))
            odd += head_of(PyList_GET_ITEM(key, 0)) != TEXT;
        else
            odd += !PyBytes_CheckExact(key);
        if (holds_set(state, key, 0))
            return 1;
    }
    return odd > state->few_keys;
}

static PyObject *
read_set(State *state, PyObject *expression, int depth, Head head)
{
    if (has_odd_keys(state, expression, 0))
        return NULL;
    PyObject *values = read_list(state, expression, depth);
    if (values == NULL)
        return NULL;
    PyObject *found = head == SET ? PySet_New(values) : PyFrozenSet_New(values);
    Py_DECREF(values);
    return found;
}

/* Read a key and a value into a dict. */
static int
read_pair(State *state, PyObject *pair, PyObject *found, int depth)
{
    if (!PyList_CheckExact(pair) || PyList_GET_SIZE(pair) != 2)
        return -1;
    PyObject *key = read_entry(state, pair, 0, depth);
    PyObject *value = key ? read_entry(state, pair, 1, depth) : NULL;
    int failed = value == NULL || PyDict_SetItem(found, key, value) < 0;
    Py_XDECREF(key);
    Py_XDECREF(value);
    return failed ? -1 : 0;
}

static PyObject *
read_table(State *state, PyObject *expression, int depth)
{
    if (has_odd_keys(state, expression, 1))
        return NULL;
    PyObject *found = PyDict_New();
    if (found == NULL)
        return NULL;
    for (Py_ssize_t each = 1; each < PyList_GET_SIZE(expression); each++) {
        PyObject *pair = Py_NewRef(PyList_GET_ITEM(expression, each));
        int failed = read_pair(state, pair, found, depth);
        Py_DECREF(pair);
        if (failed) {
            Py_DECREF(found);
            return NULL;
        }
    }
    return found;
}

/* Read a list of Jelly; `depth`: how many containers are around it. */
static PyObject *
read_value(State *state, PyObject *expression, int depth)
{
    if (PyList_GET_SIZE(expression) == 0)
        return NULL;
    Head head = head_of(PyList_GET_ITEM(expression, 0));
    if (head == TEXT)
        return read_text(expression);
    if (head == BOOLEAN)
        return read_boolean(expression);
    if (head == NOTHING)
        return PyList_GET_SIZE(expression) == 1 ? Py_NewRef(Py_None) : NULL;
    if (depth >= state->deepest)
        return NULL;
    switch (head) {
    case A_LIST:
        return read_list(state, expression, depth + 1);
    case TUPLE:
        return read_tuple(state, expression, depth + 1);
    case TABLE:
        return read_table(state, expression, depth + 1);
    case SET:
    case FROZENSET:
        return read_set(state, expression, depth + 1, head);
    default:
        return NULL;
    }
}

PyObject *
twin_decode(PyObject *module, PyObject *const *given, Py_ssize_t count, PyObject *names)
{
    State *state = state_of(module);
    if (count == 1 && names == NULL) {
        if (!PyList_CheckExact(given[0]))
            return Py_NewRef(given[0]);
        PyObject *found = read_value(state, given[0], 0);
        if (found != NULL)
            return found;
        if (PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_TypeError)
                && !PyErr_ExceptionMatches(PyExc_ValueError))
                return NULL;
            PyErr_Clear();
        }
    }
    return PyObject_Vectorcall(state->pure_decode, given, (size_t)count, names);
}
