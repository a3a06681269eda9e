/* SPDX-License-Identifier: Apache-2.0 */
#include "spec.h"

/*
 * The devices cgroup, in order, as docker and runc have it together: nothing; then all may be made
 * (m), for a node that cannot be opened is an inode and no device, and some opened.
 */
const struct device_rule default_device_rules[] = {
	{false, 'a', -1, -1, "rwm"},
	{true, 'c', -1, -1, "m"},
	{true, 'b', -1, -1, "m"},
	{true, 'c', 1, 3, "rwm"},    /* null */
	{true, 'c', 1, 5, "rwm"},    /* zero */
	{true, 'c', 1, 7, "rwm"},    /* full */
	{true, 'c', 1, 8, "rwm"},    /* random */
	{true, 'c', 1, 9, "rwm"},    /* urandom */
	{true, 'c', 5, 0, "rwm"},    /* tty: the controlling terminal */
	{true, 'c', 5, 1, "rwm"},    /* console */
	{true, 'c', 5, 2, "rwm"},    /* ptmx */
	{true, 'c', 136, -1, "rwm"}, /* pts: those of the container's own devpts alone are there */
	{false, 0, 0, 0, NULL},
};
