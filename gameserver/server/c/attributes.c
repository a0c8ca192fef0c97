/* Attributes of Python objects, read where they lie. */
#include "twin.h"

#include <structmember.h>

/* Note where objects of a type have an attribute. What is no slot is asked for. */
static int
learn(PyTypeObject *type, Name *name)
{
    PyObject *found = PyObject_GetAttr((PyObject *)type, name->text);
    if (found == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return -1;
        PyErr_Clear();
    }
    name->offset = -1;
    if (found != NULL && Py_IS_TYPE(found, &PyMemberDescr_Type)
        && PyType_IsSubtype(type, PyDescr_TYPE(found))) {
        PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
        if (member->type == T_OBJECT_EX)
            name->offset = member->offset;
    }
    Py_XDECREF(found);
    Py_XSETREF(name->type, (PyTypeObject *)Py_NewRef((PyObject *)type));
    return 0;
}

/* Give an attribute that is not known to lie in a slot, or not in this type's. */
PyObject *
find(PyObject *owner, Name *name)
{
    PyTypeObject *type = Py_TYPE(owner);
    if (type != name->type && learn(type, name) < 0)
        return NULL;
    return PyObject_GetAttr(owner, name->text);
}

/* Say whether an attribute is True, or as good; -1 with an error. */
int
flag(PyObject *owner, Name *name)
{
    PyObject *value = get(owner, name);
    if (value == NULL)
        return -1;
    int is_set = value == Py_False ? 0 : value == Py_True ? 1 : PyObject_IsTrue(value);
    Py_DECREF(value);
    return is_set;
}
