package contract

import "github.com/getkin/kin-openapi/openapi3"

// closeObjects allows, in every object of doc that names properties, no others.
func closeObjects(doc *openapi3.T) {
	c := closer{}
	for _, schema := range doc.Components.Schemas {
		c.close(schema)
	}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for _, response := range operation.Responses.Map() {
				for _, media := range response.Value.Content {
					c.close(media.Schema)
				}
			}
		}
	}
}

// closer remembers what it has seen, because schemas are shared.
type closer map[*openapi3.Schema]bool

func (c closer) close(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil || c[ref.Value] {
		return
	}
	schema := ref.Value
	c[schema] = true
	if len(schema.Properties) > 0 && schema.AdditionalProperties.Has == nil && schema.AdditionalProperties.Schema == nil {
		none := false
		schema.AdditionalProperties.Has = &none
	}
	for _, property := range schema.Properties {
		c.close(property)
	}
	c.close(schema.Items)
	for _, options := range []openapi3.SchemaRefs{schema.AnyOf, schema.OneOf, schema.AllOf} {
		for _, option := range options {
			c.close(option)
		}
	}
}
