package broker

import "crypto/x509/pkix"

// certificateFields are the attribute types of a distinguished name that policies can ask about, by object identifier.
var certificateFields = map[string]string{
	"2.5.4.3": "CommonName", "2.5.4.4": "Surname", "2.5.4.5": "SerialNumber", "2.5.4.6": "Country", "2.5.4.8": "State",
	"2.5.4.10": "Organization", "2.5.4.11": "OrganizationalUnit", "2.5.4.12": "Title", "2.5.4.42": "GivenName",
	"2.5.4.43": "Initials", "2.5.4.44": "GenerationQualifier", "2.5.4.46": "DistinguishedNameQualifier", "2.5.4.65": "Pseudonym",
}

// nameFields are the values of a distinguished name by the field's policy name, in order.
func nameFields(names []pkix.AttributeTypeAndValue) map[string][]string {
	fields := make(map[string][]string)
	for _, n := range names {
		if field, ok := certificateFields[n.Type.String()]; ok {
			if text, ok := n.Value.(string); ok {
				fields[field] = append(fields[field], text)
			}
		}
	}
	return fields
}
