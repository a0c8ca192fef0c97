/* Tokens, read: `_number` and `_other` of decoder.py, and what its walk does itself. */
#include "decoder.h"

/* Give a number of more than 63 bits, from its base 128. */
static PyObject *
large_number(State *state, const unsigned char *digits, Py_ssize_t count)
{
    Py_ssize_t size = count - count / 8;  /* seven bytes hold eight digits */
    PyObject *held = PyBytes_FromStringAndSize(NULL, size);
    if (held == NULL)
        return NULL;
    unsigned char *bytes = (unsigned char *)PyBytes_AS_STRING(held);
    memset(bytes, 0, (size_t)size);
    for (Py_ssize_t each = 0; each < count; each++) {
        Py_ssize_t at = each * 7 / 8, shift = each * 7 % 8;
        unsigned int part = (unsigned int)digits[each] << shift;
        bytes[at] |= part & 0xFF;
        if (part >> 8)
            bytes[at + 1] |= (unsigned char)(part >> 8);
    }
    PyObject *found = PyObject_CallMethodObjArgs((PyObject *)&PyLong_Type,
                                                 state->from_bytes, held, state->little,
                                                 NULL);
    Py_DECREF(held);
    return found;
}

/* Give a number from its base 128, the least part first. */
static int
number_of(State *state, const unsigned char *digits, Py_ssize_t count, Number *number)
{
    while (count && digits[count - 1] == 0)
        count--;
    number->value = 0;
    if (count > 9) {  /* of 63 bits */
        number->value = LLONG_MAX;
        number->large = large_number(state, digits, count);
        return number->large == NULL ? -1 : 0;
    }
    while (count)
        number->value = number->value << 7 | digits[--count];
    return 0;
}

/* Read a number of any length, and the kind of its token. */
Step
read_number(Walk *walk, Number *number, int *kind)
{
    const unsigned char *data = walk->data;
    long long most = walk->limits.prefix;
    Py_ssize_t at = walk->at, place = at;
    while (place < walk->end && place - at <= most && data[place] < KINDS)
        place++;
    if (place - at > most)
        return refuse(walk, walk->state->refused,
                      PyUnicode_FromFormat("a number of more than %lld bytes", most));
    if (place == walk->end) {
        walk->until = place + 1;
        return WAITS;
    }
    *kind = data[place];
    walk->place = place + 1;
    State *state = walk->state;
    return number_of(state, data + at, place - at, number) < 0 ? FAILED : READ;
}

/* Say something of a number; the text has a %S for it. */
static PyObject *
said_of(const Number *number, const char *text, long long limit)
{
    PyObject *shown = number->large ? Py_NewRef(number->large)
                                    : PyLong_FromLongLong(number->value);
    if (shown == NULL)
        return NULL;
    PyObject *said = PyUnicode_FromFormat(text, shown, limit);
    Py_DECREF(shown);
    return said;
}

static Step
read_string(Walk *walk, const Number *number, PyObject **value)
{
    long long most = walk->limits.string, size = number->value;
    Py_ssize_t place = walk->place;
    if (size > most)
        return refuse(walk, walk->state->refused,
                      said_of(number, "a string of %S bytes, of at most %lld", most));
    if (size > walk->end - place) {
        walk->until = place + (Py_ssize_t)size;
        return WAITS;
    }
    *value = PyBytes_FromStringAndSize((const char *)walk->data + place, (Py_ssize_t)size);
    walk->place = place + (Py_ssize_t)size;
    return *value == NULL ? FAILED : READ;
}

static Step
read_float(Walk *walk, PyObject **value)
{
    if (walk->end - walk->place < 8) {
        walk->until = walk->place + 8;
        return WAITS;
    }
    double found = PyFloat_Unpack8((const char *)walk->data + walk->place, 0);
    if (found == -1.0 && PyErr_Occurred())
        return FAILED;
    *value = PyFloat_FromDouble(found);
    walk->place += 8;
    return *value == NULL ? FAILED : READ;
}

static Step
read_word(Walk *walk, const Number *number, PyObject **value)
{
    State *state = walk->state;
    PyObject *word = number->value < WORDS_BELOW ? state->words[number->value] : NULL;
    if (word == NULL)
        return refuse(walk, state->unknown_word,
                      said_of(number, "no word has the number %S", 0));
    if (!walk->has_words) {
        const char *text = "a word by number, before the dialect is agreed upon";
        return refuse(walk, state->unknown_token, PyUnicode_FromString(text));
    }
    *value = Py_NewRef(word);
    return READ;
}

static PyObject *
integer_of(const Number *number, int is_negative)
{
    if (number->large == NULL)
        return PyLong_FromLongLong(is_negative ? -number->value : number->value);
    return is_negative ? PyNumber_Negative(number->large) : Py_NewRef(number->large);
}

/* Read what is left of a token that opens no list. */
Step
read_value(Walk *walk, const Number *number, int kind, PyObject **value)
{
    switch (kind) {
    case VOCAB:
        return read_word(walk, number, value);
    case STRING:
        return read_string(walk, number, value);
    case FLOAT:
        return read_float(walk, value);
    case LIST:
        *value = PyList_New(0);
        break;
    case INT:
    case LONGINT:
        *value = integer_of(number, 0);
        break;
    case NEG:
    case LONGNEG:
        *value = integer_of(number, 1);
        break;
    default:
        return refuse(walk, walk->state->unknown_token,
                      PyUnicode_FromFormat("no token is of the kind 0x%x", kind));
    }
    return *value == NULL ? FAILED : READ;
}
