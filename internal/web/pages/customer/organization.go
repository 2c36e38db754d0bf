package customer

import "net/url"

// OrganizationPath is the address of an organization's page.
func OrganizationPath(id string) string { return "/organizations/" + url.PathEscape(id) }
