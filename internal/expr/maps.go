package expr

import (
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

var _, _ traits.Mapper = dynamic{}, row(nil)

// dynamic is an Object as a CEL map. A nil Object is an empty one.
type dynamic struct{ *Object }

func (d dynamic) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return nil, false
	}
	v, ok := d.Object.Get(string(name))
	if !ok {
		return nil, false
	}
	return types.DefaultTypeAdapter.NativeToValue(v), true
}

func (d dynamic) Get(key ref.Val) ref.Val {
	v, ok := d.Find(key)
	if !ok {
		return types.NewErr("no such key: %v", key)
	}
	return v
}

func (d dynamic) Contains(key ref.Val) ref.Val {
	_, ok := d.Find(key)
	return types.Bool(ok)
}

// all is the object with every field decoded, for what is rarely asked.
func (d dynamic) all() traits.Mapper {
	fields := map[string]any{}
	if d.Object != nil {
		d.scan()
		for _, m := range d.members {
			name := string(m.name)
			fields[name], _ = d.Object.Get(name)
		}
	}
	return types.NewStringInterfaceMap(types.DefaultTypeAdapter, fields)
}

func (d dynamic) Size() ref.Val                               { return d.all().Size() }
func (d dynamic) ConvertToNative(t reflect.Type) (any, error) { return d.all().ConvertToNative(t) }
func (d dynamic) ConvertToType(t ref.Type) ref.Val            { return d.all().ConvertToType(t) }
func (d dynamic) Equal(other ref.Val) ref.Val                 { return d.all().Equal(other) }
func (d dynamic) Iterator() traits.Iterator                   { return d.all().Iterator() }
func (d dynamic) Type() ref.Type                              { return types.MapType }
func (d dynamic) Value() any                                  { return d.all().Value() }

// row is a line of a file as a CEL map: a column that it lacks is "".
type row map[string]string

func (r row) all() traits.Mapper {
	return types.NewStringStringMap(types.DefaultTypeAdapter, r)
}

func (r row) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	return types.String(r[string(name)]), ok
}

func (r row) Get(key ref.Val) ref.Val {
	v, _ := r.Find(key)
	return v
}

func (r row) Contains(key ref.Val) ref.Val                { return r.all().Contains(key) }
func (r row) Size() ref.Val                               { return types.Int(len(r)) }
func (r row) ConvertToNative(t reflect.Type) (any, error) { return r.all().ConvertToNative(t) }
func (r row) ConvertToType(t ref.Type) ref.Val            { return r.all().ConvertToType(t) }
func (r row) Equal(other ref.Val) ref.Val                 { return r.all().Equal(other) }
func (r row) Iterator() traits.Iterator                   { return r.all().Iterator() }
func (r row) Type() ref.Type                              { return types.MapType }
func (r row) Value() any                                  { return map[string]string(r) }
