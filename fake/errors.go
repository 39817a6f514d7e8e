// SPDX-License-Identifier: Apache-2.0

package fake

import (
	"fmt"
	"net/http"
)

// envelope is one of the shapes in which an Octavia service words an error.
type envelope uint8

const (
	envFault      envelope = iota // raised inside a controller: faultcode, faultstring, debuginfo
	envRouting                    // raised by routing, hooks and sub-resource look-ups: code, title, description
	envMiddleware                 // keystonemiddleware, in front of Octavia: error{code, title, message}
	envPlain                      // oslo.middleware: text
)

// apiError is a refusal on its way to the client.
type apiError struct {
	status int
	env    envelope
	title  string // envRouting, where it differs from the status text
	bare   bool   // envRouting: the description is null
	late   bool   // found out after the look-up of what the path names
	msg    string
	header http.Header
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.msg) }

func faultf(status int, format string, args ...any) *apiError {
	return &apiError{status: status, msg: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *apiError {
	return faultf(http.StatusBadRequest, format, args...)
}

// invalid is the refusal that Octavia words as "Validation failure: …".
func invalid(format string, args ...any) *apiError {
	return badRequest("Validation failure: "+format, args...)
}

func conflict(format string, args ...any) *apiError {
	return faultf(http.StatusConflict, format, args...)
}

func notFound(resource, id string) *apiError {
	return faultf(http.StatusNotFound, "%s %s not found.", resource, id)
}

func serverError(format string, args ...any) *apiError {
	return faultf(http.StatusInternalServerError, format, args...)
}

func routing(status int, title, description string) *apiError {
	return &apiError{status: status, env: envRouting, title: title, msg: description}
}

// errUnknown stands for the failures that Octavia did not foresee: the client sees a
// database's or Python's words, which are not worth repeating.
func errUnknown() *apiError { return serverError("Something unknown went wrong") }

// errCrash stands for the failures outside of any controller. What the client sees depends on the server around Octavia:
// uWSGI closes the connection, others answer with a 500.
func errCrash() *apiError {
	return &apiError{status: http.StatusInternalServerError, env: envPlain, msg: "Internal Server Error"}
}

func errForbidden() *apiError {
	return faultf(http.StatusForbidden, "Policy does not allow this request to be performed.")
}

func errMethod() *apiError {
	return routing(http.StatusMethodNotAllowed, "Method Not Allowed", "")
}

func errPath() *apiError { return routing(http.StatusNotFound, "Not Found", "") }

// invalidInput is WSME's refusal of one attribute.
func invalidInput(field, value, why string) *apiError {
	return badRequest("Invalid input for field/attribute %s. Value: '%s'. %s", field, value, why)
}

// The four ways in which Octavia says "busy".

func errBusyLB(lb *loadBalancer) *apiError {
	return conflict("Invalid state %s of loadbalancer resource %s", lb.prov, lb.id)
}

func errImmutable(resource, id string) *apiError {
	return conflict("%s %s is immutable and cannot be updated.", resource, id)
}

func (e *apiError) body() any {
	code := "Client"
	if e.status >= http.StatusInternalServerError {
		code = "Server"
	}
	switch e.env {
	case envRouting:
		if e.bare {
			return object{{"code", e.status}, {"title", e.title}, {"description", nil}}
		}
		return object{{"code", e.status}, {"title", e.title}, {"description", e.msg}}
	case envMiddleware:
		return object{{"error", object{{"code", e.status}, {"title", e.title}, {"message", e.msg}}}}
	default:
		return object{{"faultcode", code}, {"faultstring", e.msg}, {"debuginfo", nil}}
	}
}
